// What a session asks of a worker, as the data plane's contract has it and back. Neither way throws; what comes back is a
// message that the worker's mailbox takes, or the reason why it is none.

import { isAmount, isCount, isRequestId } from "./data-plane.ts";
import { checkMessage } from "#shared/messages/guard.ts";
import type { Ack, Cancel, Start } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, RequestId, TenantId } from "#shared/model/ids.ts";
import type { Sampling } from "#shared/model/sampling.ts";

export type SessionCommand = Start | Cancel | Ack;

type Optional<Value> = Value | null;

/** Field by field what `proto/dataplane` calls a Command. */
export interface WireCommand {
  requestId?: Optional<string>;
  attempt?: Optional<number>;
  start?: Optional<WireStart>;
  cancel?: Optional<object>;
  ack?: Optional<{ nextIndex?: Optional<number>; isBehind?: Optional<boolean> }>;
}

interface WireStart {
  incarnation?: Optional<number>;
  shard?: Optional<number>;
  shardEpoch?: Optional<number>;
  poolEpoch?: Optional<number>;
  tenant?: Optional<string>;
  weight?: Optional<number>;
  band?: Optional<number>;
  namespace?: Optional<string>;
  adapterDigest?: Optional<string>;
  prompt?: Optional<Uint8Array>;
  promptDigest?: Optional<string>;
  promptTokens?: Optional<number>;
  forcedPrefix?: Optional<number[]>;
  outputTokensMax?: Optional<number>;
  outputTokensMin?: Optional<number>;
  ignoreEos?: Optional<boolean>;
  sampling?: Optional<WireSampling>;
  outputTokensGranted?: Optional<number>;
}

type WireSampling = { -readonly [Field in keyof Sampling]?: Optional<number> };

export const isSessionCommand = (message: unknown): message is SessionCommand => {
  const { kind } = message as { readonly kind?: unknown };
  return kind === "start" || kind === "cancel" || kind === "ack";
};

export function commandToWire(command: SessionCommand): WireCommand {
  const { kind, requestId, attempt } = command;
  switch (kind) {
    case "start":
      return { requestId, attempt, start: startToWire(command) };
    case "cancel":
      return { requestId, attempt, cancel: {} };
    case "ack": {
      const { nextIndex, isBehind } = command;
      return { requestId, attempt, ack: isBehind ? { nextIndex, isBehind } : { nextIndex } };
    }
    default:
      return kind satisfies never;
  }
}

function startToWire(start: Start): WireStart {
  const { promptBytes, forcedPrefix, sampling, ...same } = start;
  return {
    ...same,
    prompt: promptBytes,
    // The encoder only reads it.
    forcedPrefix: forcedPrefix as number[],
    sampling: { ...sampling },
  };
}

/** Roughly what it takes on the wire: for bounds, before it is encoded. */
export function commandBytes(command: SessionCommand): number {
  if (command.kind !== "start") return 48;
  return 512 + command.promptBytes.length + 5 * command.forcedPrefix.length;
}

/** A message for the worker, or why these bytes are none. */
export function commandFromWire(wire: WireCommand): SessionCommand | string {
  const requestId = wire.requestId ?? "";
  const attempt = wire.attempt ?? 0;
  if (!isRequestId(requestId)) return "command without a request";
  if (attempt < 1) return "command without an attempt";
  const about = { requestId: requestId as RequestId, attempt };
  const command = body(wire, about);
  if (typeof command === "string") return command;
  return checkMessage("worker", command) ?? command;
}

interface About {
  readonly requestId: RequestId;
  readonly attempt: number;
}

function body({ start, cancel, ack }: WireCommand, about: About): SessionCommand | string {
  if (ack !== null && ack !== undefined) {
    return {
      kind: "ack",
      ...about,
      nextIndex: ack.nextIndex ?? 0,
      isBehind: ack.isBehind ?? false,
    };
  }
  if (cancel !== null && cancel !== undefined) return { kind: "cancel", ...about };
  if (start !== null && start !== undefined) return startFromWire(start, about);
  return "unknown command";
}

function startFromWire(wire: WireStart, about: About): Start | string {
  const bad = badCount(wire);
  if (bad !== undefined) return `start with ${bad} that is no count`;
  if (!isAmount(wire.weight ?? 0)) return "start with a weight that is no amount";
  const sampling = samplingFromWire(wire.sampling ?? {});
  if (typeof sampling === "string") return sampling;
  return {
    kind: "start",
    ...about,
    ...startTexts(wire),
    ...startCounts(wire),
    weight: wire.weight ?? 0,
    ...bandFromWire(wire),
    // The network's buffer lives on otherwise, all of it.
    promptBytes: new Uint8Array(wire.prompt ?? []),
    forcedPrefix: wire.forcedPrefix ?? [],
    ignoreEos: wire.ignoreEos ?? false,
    sampling,
  };
}

// On the wire an absent band is band 0.
const bandFromWire = ({ band }: WireStart): Pick<Start, "band"> =>
  band === null || band === undefined || band === 0 ? {} : { band };

const storeCounts = ["incarnation", "shardEpoch", "poolEpoch"] as const;
const badCount = (wire: WireStart): string | undefined =>
  storeCounts.find((field) => !isCount(wire[field] ?? 0));

const startTexts = (
  wire: WireStart,
): Pick<Start, "tenant" | "namespace" | "adapterDigest" | "promptDigest"> => ({
  tenant: (wire.tenant ?? "") as TenantId,
  namespace: wire.namespace ?? "",
  adapterDigest: (wire.adapterDigest ?? "") as AdapterDigest,
  promptDigest: wire.promptDigest ?? "",
});

type CountField =
  | (typeof storeCounts)[number]
  | "shard"
  | "promptTokens"
  | "outputTokensMax"
  | "outputTokensMin"
  | "outputTokensGranted";

const startCounts = (wire: WireStart): Pick<Start, CountField> => ({
  incarnation: wire.incarnation ?? 0,
  shardEpoch: wire.shardEpoch ?? 0,
  poolEpoch: wire.poolEpoch ?? 0,
  shard: wire.shard ?? 0,
  promptTokens: wire.promptTokens ?? 0,
  outputTokensMax: wire.outputTokensMax ?? 0,
  outputTokensMin: wire.outputTokensMin ?? 0,
  outputTokensGranted: wire.outputTokensGranted ?? 0,
});

const samplingFields = [
  "temperature",
  "topP",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
] as const satisfies readonly (keyof Sampling)[];

function samplingFromWire(wire: Partial<WireSampling>): Sampling | string {
  const sampling: Partial<Record<keyof Sampling, number>> = {};
  for (const field of samplingFields) {
    const value = wire[field];
    if (value === null || value === undefined) continue;
    if (!Number.isFinite(value)) return `start with ${field} that is no number`;
    sampling[field] = value;
  }
  return sampling;
}
