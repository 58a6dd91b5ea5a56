// What a session asks of a worker, as the data plane's contract has it and back. Neither way throws; what comes back is a
// message that the worker's mailbox takes, or the reason why it is none.

import { isAmount, isCount, isRequestId } from "./data-plane.ts";
import { checkMessage } from "#shared/messages/guard.ts";
import type { Ack, Attach, Cancel, Start, Unclaimed } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, RequestId, TenantId } from "#shared/model/ids.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { Sampling } from "#shared/model/sampling.ts";

export type SessionCommand = Start | Attach | Unclaimed | Cancel | Ack;

type Optional<Value> = Value | null;

/** Field by field what `proto/dataplane` calls a Command. */
export interface WireCommand {
  requestId?: Optional<string>;
  sessionId?: Optional<string>;
  attempt?: Optional<number>;
  start?: Optional<WireStart>;
  cancel?: Optional<WireCancel>;
  ack?: Optional<{ nextIndex?: Optional<number>; isBehind?: Optional<boolean> }>;
  attach?: Optional<WireAttach>;
  unclaimed?: Optional<object>;
}

interface WireCancel {
  isDiscarded?: Optional<boolean>;
  outcome?: Optional<string>;
  billedTokens?: Optional<number>;
}

interface WireAttach {
  incarnation?: Optional<number>;
  tenant?: Optional<string>;
  after?: Optional<number>;
  models?: Optional<string[]>;
}

export interface WireStart {
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
  resumeTerms?: Optional<string>;
  idempotency?: Optional<WireIdempotency>;
  mustReplay?: Optional<boolean>;
  aloneUntilIndex?: Optional<number>;
  residency?: Optional<string[]>;
}

type WireIdempotency = { -readonly [Field in keyof Idempotency]?: Optional<Idempotency[Field]> };

type WireSampling = { -readonly [Field in keyof Sampling]?: Optional<number> };

const commandKinds: ReadonlySet<unknown> = new Set([
  "start",
  "attach",
  "unclaimed",
  "cancel",
  "ack",
] satisfies SessionCommand["kind"][]);

export const isSessionCommand = (message: unknown): message is SessionCommand =>
  commandKinds.has((message as { readonly kind?: unknown }).kind);

/** `session`: the id of the session that asks. */
export function commandToWire(command: SessionCommand, session: RequestId): WireCommand {
  const { requestId, attempt } = command;
  const about = { requestId, attempt, ...whatToWire(command) };
  return session === requestId ? about : { ...about, sessionId: session };
}

/** Whose words these are: a part of an address. Undefined: no id. */
export function sessionOfWire(wire: {
  readonly requestId?: Optional<string>;
  readonly sessionId?: Optional<string>;
}): RequestId | undefined {
  const id = wire.sessionId || wire.requestId || "";
  return isRequestId(id) ? (id as RequestId) : undefined;
}

function whatToWire(command: SessionCommand): WireCommand {
  const { kind } = command;
  switch (kind) {
    case "start":
      return { start: startToWire(command) };
    case "cancel":
      return { cancel: cancelToWire(command) };
    case "unclaimed":
      return { unclaimed: {} };
    case "attach": {
      const { incarnation, tenant, after, models } = command;
      const narrowed = models === undefined ? {} : { models: [...models] };
      return { attach: { incarnation, tenant, after, ...narrowed } };
    }
    case "ack": {
      const { nextIndex, isBehind } = command;
      return { ack: isBehind ? { nextIndex, isBehind } : { nextIndex } };
    }
    default:
      return kind satisfies never;
  }
}

function cancelToWire({ isDiscarded, lastWord }: Cancel): WireCancel {
  return {
    ...(isDiscarded === true ? { isDiscarded } : {}),
    ...lastWord,
  };
}

export function startToWire(start: Start): WireStart {
  const { promptBytes, forcedPrefix, sampling, residency, ...same } = start;
  return {
    ...same,
    prompt: promptBytes,
    // The encoder only reads it.
    forcedPrefix: forcedPrefix as number[],
    sampling: { ...sampling },
    ...(residency === undefined ? {} : { residency: [...residency] }),
  };
}

/** Roughly what it takes on the wire: for bounds, before it is encoded. */
export function commandBytes(command: SessionCommand): number {
  if (command.kind === "start") return startBytes(command);
  const { models = [] } = command.kind === "attach" ? command : {};
  return models.reduce((bytes, name) => bytes + 4 + 3 * name.length, 48);
}

export const startBytes = ({ promptBytes, forcedPrefix, resumeTerms = "" }: Start): number =>
  512 + promptBytes.length + 5 * forcedPrefix.length + 3 * resumeTerms.length;

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

export interface About {
  readonly requestId: RequestId;
  readonly attempt: number;
}

export const isThere = <Value>(value: Optional<Value> | undefined): value is Value =>
  value !== null && value !== undefined;

function body(wire: WireCommand, about: About): SessionCommand | string {
  const { start, cancel, ack, attach, unclaimed } = wire;
  if (isThere(ack)) {
    const { nextIndex, isBehind } = ack;
    return { kind: "ack", ...about, nextIndex: nextIndex ?? 0, isBehind: isBehind ?? false };
  }
  if (isThere(cancel)) return cancelFromWire(cancel, about);
  if (isThere(start)) return startFromWire(start, about);
  if (isThere(attach)) return attachFromWire(attach, about);
  if (isThere(unclaimed)) return { kind: "unclaimed", ...about };
  return "unknown command";
}

/** A session's words are short; a bill with anything else is written without them. */
const outcomeLengthMax = 64;

function cancelFromWire({ isDiscarded, outcome, billedTokens }: WireCancel, about: About): Cancel {
  const tokens = billedTokens ?? 0;
  const hasLastWord =
    isThere(outcome) && outcome !== "" && outcome.length <= outcomeLengthMax && isCount(tokens);
  return {
    kind: "cancel",
    ...about,
    ...(isDiscarded === true ? { isDiscarded } : {}),
    ...(hasLastWord ? { lastWord: { outcome, billedTokens: tokens } } : {}),
  };
}

function attachFromWire(wire: WireAttach, about: About): Attach | string {
  const incarnation = wire.incarnation ?? 0;
  if (!isCount(incarnation)) return "attach with an incarnation that is no count";
  const tenant = (wire.tenant ?? "") as TenantId;
  const { models, after } = wire;
  const narrowed = isThere(models) && models.length > 0 ? { models } : {};
  return { kind: "attach", ...about, incarnation, tenant, after: after ?? 0, ...narrowed };
}

/** Far above what a session writes; longer ones are not kept for it. */
const resumeTermsMax = 32_768;

const termsFromWire = ({ resumeTerms }: WireStart): Pick<Start, "resumeTerms"> =>
  isThere(resumeTerms) && resumeTerms !== "" && resumeTerms.length <= resumeTermsMax
    ? { resumeTerms }
    : {};

function repeatingFromWire({ idempotency, mustReplay }: WireStart): Partial<Start> {
  const { key, body, run } = idempotency ?? {};
  return {
    ...(isThere(idempotency)
      ? { idempotency: { key: key ?? "", body: body ?? "", run: run ?? 0 } }
      : {}),
    ...(mustReplay === true ? { mustReplay } : {}),
  };
}

export function startFromWire(wire: WireStart, about: About): Start | string {
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
    ...termsFromWire(wire),
    ...repeatingFromWire(wire),
    ...(isThere(wire.aloneUntilIndex) ? { aloneUntilIndex: wire.aloneUntilIndex } : {}),
    ...residencyFromWire(wire),
    // The network's buffer lives on otherwise, all of it.
    promptBytes: new Uint8Array(wire.prompt ?? []),
    forcedPrefix: wire.forcedPrefix ?? [],
    ignoreEos: wire.ignoreEos ?? false,
    sampling,
  };
}

/** Far more zones than a fleet has; a longer list is one that nobody wrote, and allows nothing. */
const zonesMax = 64;

const residencyFromWire = ({ residency }: WireStart): Pick<Start, "residency"> => {
  if (!isThere(residency) || residency.length === 0) return {};
  return { residency: residency.length > zonesMax ? [] : residency };
};

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
