// What a worker tells a session, as the data plane's contract has it and back. Neither way throws; what comes back is a
// message that the session's mailbox takes, or the reason why it is none.

import { isAmount, isCount, isRequestId } from "./data-plane.ts";
import type { Returned } from "#shared/messages/returned.ts";
import type { About, WireStart } from "./data-plane-commands.ts";
import { isThere, startBytes, startFromWire, startToWire } from "./data-plane-commands.ts";
import { checkMessage } from "#shared/messages/guard.ts";
import type {
  Alive,
  Attached,
  AttachRefused,
  Detached,
  Started,
  StartRefused,
  Tokens,
} from "#shared/messages/to-session.ts";
import type { RequestId, WorkerId } from "#shared/model/ids.ts";
import type { FinishReason } from "#shared/model/sampling.ts";
import type { SeenCrash } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

export type WorkerEvent =
  | Attached
  | AttachRefused
  | Detached
  | Started
  | StartRefused
  | Tokens
  | Alive
  | Returned;

type Optional<Value> = Value | null;

/** Field by field what `proto/dataplane` calls an Event. */
export interface WireEvent {
  requestId?: Optional<string>;
  sessionId?: Optional<string>;
  attempt?: Optional<number>;
  output?: Optional<WireOutput>;
  started?: Optional<WireStarted>;
  startRefused?: Optional<WireStartRefused>;
  alive?: Optional<WireAlive>;
  returned?: Optional<WireReturned>;
  attached?: Optional<WireAttached>;
  attachRefused?: Optional<{ reason?: Optional<number> }>;
  detached?: Optional<object>;
}

interface WireAlive {
  outputTokens?: Optional<number>;
  isEngineSilent?: Optional<boolean>;
  totals?: Optional<WireTotals>;
}

interface WireAttached {
  start?: Optional<WireStart>;
  workerType?: Optional<string>;
  zone?: Optional<string>;
  isOver?: Optional<boolean>;
}

interface WireOutput {
  firstIndex?: Optional<number>;
  tokens?: Optional<number[]>;
  end?: Optional<WireEnding>;
}

interface WireEnding {
  reason?: Optional<number>;
  totals?: Optional<WireTotals>;
}

interface WireReturned extends WireEnding {
  crash?: Optional<{ isAlone?: Optional<boolean>; outputIndex?: Optional<number> }>;
}

type WireTotals = { -readonly [Field in keyof ExecutedTotals]?: Optional<number> };

interface WireStarted {
  incarnation?: Optional<number>;
  workerType?: Optional<string>;
  zone?: Optional<string>;
}

interface WireStartRefused {
  reason?: Optional<number>;
  retryable?: Optional<boolean>;
}

/** By the contract's numbers; 0 is nothing. */
const finishReasons = ["", "stop", "length", "cancelled"] as const satisfies readonly (
  | FinishReason
  | ""
)[];
const startRefusedReasons = [
  "",
  "stale-epoch",
  "stale-incarnation",
  "stale-attempt",
  "voided",
  "no-capacity",
  "draining",
  "adapter-missing",
  "adapter-forbidden",
  "not-placed",
  "not-replayable",
  "outside-residency",
] as const satisfies readonly (StartRefused["reason"] | "")[];
const attachRefusedReasons = [
  "",
  "gone",
  "beyond-output",
  "other-model",
] as const satisfies readonly (AttachRefused["reason"] | "")[];
const returnedReasons = [
  "",
  "preempted",
  "draining",
  "engine-lost",
  "adapter-lost",
  "voided",
  "engine-crashed",
] as const satisfies readonly (Returned["reason"] | "")[];

const eventKinds: ReadonlySet<unknown> = new Set([
  "tokens",
  "started",
  "start-refused",
  "alive",
  "returned",
  "attached",
  "attach-refused",
  "detached",
] satisfies WorkerEvent["kind"][]);

export const isWorkerEvent = (message: unknown): message is WorkerEvent =>
  eventKinds.has((message as { readonly kind?: unknown }).kind);

/** After it, this worker owes the session nothing for the attempt. */
export const isLast = (event: WorkerEvent): boolean =>
  event.kind === "returned" ||
  event.kind === "start-refused" ||
  event.kind === "attach-refused" ||
  event.kind === "detached" ||
  (event.kind === "tokens" && event.end !== undefined);

/** `session`: the id of the session that is told. */
export function eventToWire(event: WorkerEvent, session: RequestId): WireEvent {
  const { requestId, attempt } = event;
  // The hot path: no second object.
  if (session === requestId) return whatToWire(event, { requestId, attempt });
  return whatToWire(event, { requestId, attempt, sessionId: session });
}

type WireAbout = Pick<WireEvent, "requestId" | "attempt" | "sessionId">;

function whatToWire(event: WorkerEvent, about: WireAbout): WireEvent {
  const { kind } = event;
  switch (kind) {
    case "tokens":
      return { ...about, output: outputToWire(event) };
    case "started": {
      const { incarnation, workerType, zone } = event;
      return { ...about, started: { incarnation, workerType, zone } };
    }
    case "start-refused": {
      const { retryable } = event;
      const reason = startRefusedReasons.indexOf(event.reason);
      return { ...about, startRefused: { reason, retryable } };
    }
    case "alive":
      return { ...about, alive: aliveToWire(event) };
    case "returned": {
      const reason = returnedReasons.indexOf(event.reason);
      const { totals, crash } = event;
      const died = crash === undefined ? {} : { crash: crashToWire(crash) };
      return { ...about, returned: { reason, totals, ...died } };
    }
    case "attached": {
      const { workerType, zone, isOver, start } = event;
      return { ...about, attached: { workerType, zone, isOver, start: startToWire(start) } };
    }
    case "attach-refused":
      return {
        ...about,
        attachRefused: { reason: attachRefusedReasons.indexOf(event.reason) },
      };
    case "detached":
      return { ...about, detached: {} };
    default:
      return kind satisfies never;
  }
}

/** Whose lane it is says which worker. */
const aliveToWire = ({ outputTokens, isEngineSilent, totals }: Alive): WireAlive => ({
  outputTokens,
  ...(isEngineSilent === true ? { isEngineSilent } : {}),
  ...(totals === undefined ? {} : { totals }),
});

const crashToWire = ({ isAlone, outputIndex }: SeenCrash): NonNullable<WireReturned["crash"]> => ({
  isAlone,
  outputIndex,
});

function outputToWire({ firstIndex, tokens, end }: Tokens): WireOutput {
  // The encoder only reads them.
  const output: WireOutput = { firstIndex, tokens: tokens as number[] };
  if (end === undefined) return output;
  return { ...output, end: { reason: finishReasons.indexOf(end.reason), totals: end.totals } };
}

/** Roughly what it takes on the wire: for bounds, before it is encoded. */
export function eventBytes(event: WorkerEvent): number {
  if (event.kind === "tokens") return 56 + 5 * event.tokens.length;
  return event.kind === "attached" ? 128 + startBytes(event.start) : 128;
}

/** A message for the session, or why these bytes are none. `worker`: whose lane it is. */
export function eventFromWire(wire: WireEvent, worker: WorkerId): WorkerEvent | string {
  const requestId = wire.requestId ?? "";
  const attempt = wire.attempt ?? 0;
  if (!isRequestId(requestId)) return "event without a request";
  if (attempt < 1) return "event without an attempt";
  const event = body(wire, { requestId: requestId as RequestId, attempt }, worker);
  if (typeof event === "string") return event;
  return checkMessage("session", event) ?? event;
}

function body(wire: WireEvent, about: About, worker: WorkerId): WorkerEvent | string {
  const { output, started, startRefused, alive, returned } = wire;
  if (isThere(output)) return tokensFromWire(output, about);
  if (isThere(started)) return startedFromWire(started, about, worker);
  if (isThere(alive)) return aliveFromWire(alive, about);
  if (isThere(startRefused)) return startRefusedFromWire(startRefused, about);
  if (isThere(returned)) return returnedFromWire(returned, about, worker);
  return handOver(wire, about, worker);
}

function aliveFromWire(alive: WireAlive, about: About): Alive | string {
  const silent = alive.isEngineSilent === true ? { isEngineSilent: true } : {};
  const said = {
    kind: "alive",
    ...about,
    outputTokens: alive.outputTokens ?? 0,
    ...silent,
  } as const;
  if (!isThere(alive.totals)) return said;
  const totals = totalsFromWire(alive.totals);
  return totals === undefined ? "alive with bad totals" : { ...said, totals };
}

function handOver(
  { attached, attachRefused, detached }: WireEvent,
  about: About,
  worker: WorkerId,
): WorkerEvent | string {
  if (isThere(attached)) return attachedFromWire(attached, about, worker);
  if (isThere(detached)) return { kind: "detached", ...about };
  if (!isThere(attachRefused)) return "unknown event";
  const reason = attachRefusedReasons[attachRefused.reason ?? 0] ?? "";
  if (reason === "") return "attach-refused for an unknown reason";
  return { kind: "attach-refused", ...about, reason };
}

function attachedFromWire(wire: WireAttached, about: About, worker: WorkerId): Attached | string {
  const start = startFromWire(wire.start ?? {}, about);
  if (typeof start === "string") return start;
  const isOver = wire.isOver ?? false;
  const workerType = wire.workerType ?? "";
  const zone = wire.zone ?? "";
  return { kind: "attached", ...about, worker, workerType, zone, isOver, start };
}

function startRefusedFromWire(wire: WireStartRefused, about: About): StartRefused | string {
  const reason = startRefusedReasons[wire.reason ?? 0] ?? "";
  if (reason === "") return "start-refused for an unknown reason";
  return { kind: "start-refused", ...about, reason, retryable: wire.retryable ?? false };
}

function returnedFromWire(wire: WireReturned, about: About, worker: WorkerId): Returned | string {
  const reason = returnedReasons[wire.reason ?? 0] ?? "";
  if (reason === "") return "returned for an unknown reason";
  const totals = totalsFromWire(wire.totals);
  if (totals === undefined) return "returned with bad totals";
  if (!isThere(wire.crash)) return { kind: "returned", ...about, reason, totals };
  const { isAlone, outputIndex } = wire.crash;
  const crash = { isAlone: isAlone ?? false, outputIndex: outputIndex ?? 0, worker };
  return { kind: "returned", ...about, reason, totals, crash };
}

function tokensFromWire(output: WireOutput, about: About): Tokens | string {
  const firstIndex = output.firstIndex ?? 0;
  // Decoded numbers are the message's own: no view of the network's buffer.
  const tokens = output.tokens ?? [];
  const { requestId, attempt } = about;
  if (!isThere(output.end)) return { kind: "tokens", requestId, attempt, firstIndex, tokens };
  const reason = finishReasons[output.end.reason ?? 0] ?? "";
  if (reason === "") return "tokens with an unknown end";
  const totals = totalsFromWire(output.end.totals);
  if (totals === undefined) return "tokens with bad totals";
  return { kind: "tokens", requestId, attempt, firstIndex, tokens, end: { reason, totals } };
}

function startedFromWire(started: WireStarted, about: About, worker: WorkerId): Started | string {
  const incarnation = started.incarnation ?? 0;
  if (!isCount(incarnation)) return "started with an incarnation that is no count";
  const workerType = started.workerType ?? "";
  return { kind: "started", ...about, worker, incarnation, workerType, zone: started.zone ?? "" };
}

const amounts = ["kvBlockMs", "gpuUs", "prefillMs", "decodeMs"] as const;

function totalsFromWire(wire: Optional<WireTotals> | undefined): ExecutedTotals | undefined {
  if (!isThere(wire)) return undefined;
  if (!amounts.every((field) => isAmount(wire[field] ?? 0))) return undefined;
  return {
    prefillTokens: wire.prefillTokens ?? 0,
    cachedTokens: wire.cachedTokens ?? 0,
    outputTokens: wire.outputTokens ?? 0,
    kvBlockMs: wire.kvBlockMs ?? 0,
    gpuUs: wire.gpuUs ?? 0,
    prefillMs: wire.prefillMs ?? 0,
    decodeMs: wire.decodeMs ?? 0,
    preemptions: wire.preemptions ?? 0,
  };
}
