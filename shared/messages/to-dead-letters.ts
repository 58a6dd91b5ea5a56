// What a session tells the device that keeps dead letters: requests that were accepted, failed, and need not be tried again.
// Nothing of a prompt is in it but its length, and a digest that the device makes of its identity.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { RefusalCode } from "#shared/model/refusal.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { SuspectIdentity } from "#shared/model/suspicion.ts";
import type { Fields } from "./fields.ts";

export type ToDeadLetters = LetterDied;

/** An accepted request failed for good. Said once, not answered: the device keeps it until it is written. */
export interface LetterDied {
  readonly kind: "letter-died";
  readonly requestId: RequestId;
  readonly tenant: TenantId;
  readonly edge: EdgeId;
  readonly model: string;
  readonly modelVersion: string;
  readonly pool: PoolId;
  readonly adapterDigest: string;
  readonly cause: RefusalCode;
  readonly attempts: number;
  /** Engines that died with it in flight, as far as its session heard. */
  readonly engineCrashes: number;
  /** Where its last attempt was; empty: nowhere. */
  readonly worker: string;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly deliveredTokens: number;
  readonly stopStrings: number;
  readonly ignoreEos: boolean;
  readonly sampling: Sampling;
  readonly arrivedAtEpochMs: number;
  /** From then to its end. */
  readonly afterMs: number;
  readonly identity: SuspectIdentity;
}

export const toDeadLetters = (device: Address, message: ToDeadLetters): Send =>
  send(device, message);

export const toDeadLettersFields: Fields<ToDeadLetters> = {
  "letter-died": {
    requestId: "string",
    tenant: "string",
    edge: "string",
    model: "string",
    modelVersion: "string",
    pool: "string",
    adapterDigest: "string",
    cause: "string",
    attempts: "number",
    engineCrashes: "number",
    worker: "string",
    promptTokens: "number",
    outputTokensMax: "number",
    outputTokensMin: "number",
    deliveredTokens: "number",
    stopStrings: "number",
    ignoreEos: "boolean",
    sampling: "object",
    arrivedAtEpochMs: "number",
    afterMs: "number",
    identity: "object",
  },
};
