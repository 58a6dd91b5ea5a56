// What replicas say in each step: a token of each of their sequences. The token is the moment of saying.

import type { Address } from "#shared/actor/actor.ts";
import { sessionAddress } from "#shared/messages/addresses.ts";
import type { Tokens } from "#shared/messages/to-session.ts";
import type { EdgeId, RequestId } from "#shared/model/ids.ts";
import type { Utterance } from "./peer.ts";
import { stampToken } from "./latencies.ts";

export const edge = "edge-a-1" as EdgeId;
/** As many replicas as have lanes of their own; further ones share them. */
export const workerCount = 16;
export const workerOf = (replica: number): string => `h100-${1 + (replica % workerCount)}`;

export interface TokensTo {
  readonly to: Address;
  readonly tokens: Tokens;
}

/** Steps in the replicas' turn, so that each has its next when all others had theirs. */
export function stepsOf(utterance: Utterance) {
  const { sequences, replicas } =
    utterance.kind === "step" ? utterance : { sequences: 1, replicas: 1 };
  const ids = Array.from({ length: replicas }, (_, replica) =>
    Array.from({ length: sequences }, (_, sequence) => {
      const requestId = `${replica}-${sequence}-`.padEnd(32, "5f0c91") as RequestId;
      return { requestId, to: sessionAddress(edge, requestId) };
    }),
  );
  return (serial: number): { readonly replica: number; readonly step: readonly TokensTo[] } => {
    const replica = serial % replicas;
    const firstIndex = Math.floor(serial / replicas) % 1024;
    const step = (ids[replica] ?? []).map(({ requestId, to }): TokensTo => ({
      to,
      tokens: { kind: "tokens", requestId, attempt: 1, firstIndex, tokens: [stampToken()] },
    }));
    return { replica, step };
  };
}
