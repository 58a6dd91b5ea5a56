// All that one request's session hears. Senders: the client's device, the tenant's queue, the router, the
// worker, the edge's session directory, its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { EarlierAttempts } from "#shared/model/attempts.ts";
import type { RequestId, WorkerId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { FinishReason } from "#shared/model/sampling.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { Fields } from "./fields.ts";
import type { Open, ResumeStream } from "./open-request.ts";
import type { Preempted, Returned } from "./returned.ts";
import type { TimerFired } from "./timer-fired.ts";
import type { Start } from "./to-worker.ts";

export type ToSession =
  | Open
  | ResumeStream
  | ClientGone
  | ClientPaused
  | ClientReady
  | Queued
  | Refused
  | Unknown
  | Granted
  | Located
  | Settled
  | Announce
  | AdmissionNoted
  | Started
  | Attached
  | AttachRefused
  | Detached
  | StartRefused
  | Tokens
  | Alive
  | Preempted
  | Returned
  | WorkerLost
  | EdgeDraining
  | SessionTimer;

/** The client hung up, before or after its first byte. From the client's device. */
export interface ClientGone {
  readonly kind: "client-gone";
}

/** The client's socket is full: take no more until `client-ready`. */
export interface ClientPaused {
  readonly kind: "client-paused";
}

export interface ClientReady {
  readonly kind: "client-ready";
}

/** The tenant's queue holds the request, waiting or reserving a place. Answer to `submit`. */
export interface Queued {
  readonly kind: "queued";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly shardEpoch: number;
  readonly limits: RateLimits;
  readonly allowance?: OutputAllowance;
}

/** The tenant's queue will not take the request. Final. */
export interface Refused {
  readonly kind: "refused";
  readonly requestId: RequestId;
  readonly shardEpoch: number;
  readonly refusal: Refusal;
  readonly limits: RateLimits;
}

/** The tenant's queue does not know this request (it was taken over, or the lease ran out): submit again. From the directory. */
export interface Unknown {
  readonly kind: "unknown";
  readonly requestId: RequestId;
}

/** A place: start there. From the router; again from the tenant's queue when a submit is repeated. Fenced by both epochs. */
export interface Granted {
  readonly kind: "granted";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly shardEpoch: number;
  readonly poolEpoch: number;
  /** The tenant's weight as the router used it; the session hands it to the worker, for a router to come. */
  readonly weight: number;
  /** Absent: all the output that the request asks for. */
  readonly allowance?: OutputAllowance;
  /** The tenant's band, for the engine. Absent: 0. */
  readonly band?: number;
  /** A suspect: it runs there with nobody else. */
  readonly isAlone?: boolean;
  /** What earlier attempts met, as far as its router knows: the session may have missed words that it heard. Absent: never, none. */
  readonly preemptions?: number;
  readonly suspicion?: Suspicion;
}

/** Answer to `locate`; and to `submit`, where a request runs or ran already under the name that the client gave. */
export interface Located {
  readonly kind: "located";
  readonly requestId: RequestId;
  /** False: no request of this tenant that its queue remembers. */
  readonly isKnown: boolean;
  /** Where its latest attempt runs, or ran. Absent: nowhere. */
  readonly ranOn?: RanOn;
  /** The standing or last attempt, which need not have run: who runs it again asks for the next. Absent: not known. */
  readonly attempt?: number;
  /** What became of those before it. Absent: not known. */
  readonly earlier?: EarlierAttempts;
}

export interface RanOn {
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
}

/** The tenant's queue has settled this request, or another session is to: stop repeating `finished`. */
export interface Settled {
  readonly kind: "settled";
  readonly requestId: RequestId;
  /** Another session goes on with the request, or went on: the bill is that one's. */
  readonly isTakenOver?: true;
}

/** The shard has a new owner: submit again, telling what this session holds. Forwarded by the directory. */
export interface Announce {
  readonly kind: "announce";
  readonly shardEpoch: number;
}

/** The directory has noted the admission by the owner of this epoch: from now on it stands, whoever owns the shard. */
export interface AdmissionNoted {
  readonly kind: "admission-noted";
  readonly shardEpoch: number;
}

/** The worker accepted the start. */
export interface Started {
  readonly kind: "started";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly workerType: string;
  /** Of the worker. */
  readonly zone: string;
}

/** The attempt is this session's now. Its tokens follow, from index 0. Answer to `attach`. */
export interface Attached {
  readonly kind: "attached";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly workerType: string;
  /** Of the worker. */
  readonly zone: string;
  /** It reached its end, and nothing runs. */
  readonly isOver: boolean;
  /** As it was started, without its prefix. The prompt is empty if the worker does not keep it: then no other worker can go on. */
  readonly start: Start;
}

/** Nobody takes this stream over. `gone`: the worker keeps nothing of it. `beyond-output`: the client claims more than there is. `other-model`: its key does not allow it. From the worker. */
export interface AttachRefused {
  readonly kind: "attach-refused";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly reason: "gone" | "beyond-output" | "other-model";
}

/** Another session has taken the attempt over: this one hears no more of it and may not command it. From the worker; from the tenant's queue when this one asks for the next attempt. */
export interface Detached {
  readonly kind: "detached";
  readonly requestId: RequestId;
  readonly attempt: number;
}

/** The worker will not start this attempt. `retryable`: ask for the next attempt; else end with `refusal`. */
export interface StartRefused {
  readonly kind: "start-refused";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly reason:
    | "stale-epoch"
    | "stale-incarnation"
    | "stale-attempt"
    | "voided"
    | "no-capacity"
    | "draining"
    | "adapter-missing"
    | "adapter-forbidden"
    | "not-placed"
    | "not-replayable"
    | "outside-residency";
  readonly retryable: boolean;
}

/** A frame: the output tokens of one engine step, or tokens sent again. Indices count per request. */
export interface Tokens {
  readonly kind: "tokens";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** Index of `tokens[0]` in the request's output. */
  readonly firstIndex: number;
  readonly tokens: readonly Token[];
  /** Present on the last frame of an attempt that reached its end. */
  readonly end?: {
    readonly reason: FinishReason;
    readonly totals: ExecutedTotals;
  };
}

/** The sequence lives, said each half second: what it has cost; that it was silent shows in no tokens before it. */
export interface Alive {
  readonly kind: "alive";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** Output tokens produced so far, over all attempts: below the session's next index plus one means nothing was lost. */
  readonly outputTokens: number;
  /** The worker's engine says nothing at all, though it is asked: if the worker is lost now, its engine may have been first. */
  readonly isEngineSilent?: boolean;
  /** Of this attempt so far: should its worker die, this much is known of it. */
  readonly totals?: ExecutedTotals;
}

/** The connection to a worker broke, or its incarnation was fenced. From the data plane's device. */
export interface WorkerLost {
  readonly kind: "worker-lost";
  readonly worker: WorkerId;
  readonly incarnation: number;
}

/** The edge is going away and this request outlived the patience of its drain. */
export interface EdgeDraining {
  readonly kind: "edge-draining";
}

/** `resubmit`: no answer from the queue. `start`: no `started`. `stall`: no frame and no sign of life. `cancel`: no totals after a
 * cancel. `finish`: no `settled`. `write`: the client stayed full. `deadline`: time is up. `bill`: nobody has taken the stream over of whose end the worker never spoke. `resume`: neither the queue nor the worker has
 * answered who takes a stream over. */
export type SessionTimer = TimerFired<
  "resubmit" | "start" | "stall" | "cancel" | "finish" | "write" | "deadline" | "resume" | "bill"
>;

export const toSession = (session: Address, message: ToSession): Send => send(session, message);

export const toSessionFields: Fields<ToSession> = {
  open: {
    requestId: "string",
    edge: "string",
    meter: "string",
    tenant: "string",
    shard: "number",
    pool: "string",
    poolClass: "string?",
    tier: "string?",
    model: "string",
    modelVersion: "string",
    adapterDigest: "string",
    namespace: "string",
    tokenizer: "string?",
    promptBytes: "bytes",
    promptDigest: "string",
    promptTokens: "number",
    outputTokensMax: "number",
    outputTokensMin: "number",
    ignoreEos: "boolean",
    stopStrings: "array",
    sampling: "object",
    timeoutMs: "number",
    arrivedAtEpochMs: "number",
    sentAtEpochMs: "number?",
    residency: "array?",
    names: "array?",
    replyTerms: "string?",
    idempotency: "object?",
    after: "number?",
    isInOnePiece: "boolean?",
    suspicion: "object?",
  },
  resume: {
    requestId: "string",
    edge: "string",
    meter: "string",
    tenant: "string",
    shard: "number",
    after: "number",
    isInOnePiece: "boolean?",
    models: "array?",
    timeoutMs: "number",
    sentAtEpochMs: "number?",
  },
  "client-gone": {},
  "client-paused": {},
  "client-ready": {},
  queued: {
    requestId: "string",
    attempt: "number",
    shardEpoch: "number",
    limits: "object",
    allowance: "object?",
  },
  refused: { requestId: "string", shardEpoch: "number", refusal: "object", limits: "object" },
  unknown: { requestId: "string" },
  granted: {
    requestId: "string",
    attempt: "number",
    worker: "string",
    incarnation: "number",
    shardEpoch: "number",
    poolEpoch: "number",
    weight: "number",
    allowance: "object?",
    band: "number?",
    isAlone: "boolean?",
    preemptions: "number?",
    suspicion: "object?",
  },
  located: {
    requestId: "string",
    isKnown: "boolean",
    ranOn: "object?",
    attempt: "number?",
    earlier: "object?",
  },
  settled: { requestId: "string", isTakenOver: "boolean?" },
  announce: { shardEpoch: "number" },
  "admission-noted": { shardEpoch: "number" },
  started: {
    requestId: "string",
    attempt: "number",
    worker: "string",
    incarnation: "number",
    workerType: "string",
    zone: "string",
  },
  attached: {
    requestId: "string",
    attempt: "number",
    worker: "string",
    workerType: "string",
    zone: "string",
    isOver: "boolean",
    start: "object",
  },
  "attach-refused": { requestId: "string", attempt: "number", reason: "string" },
  detached: { requestId: "string", attempt: "number" },
  "start-refused": {
    requestId: "string",
    attempt: "number",
    reason: "string",
    retryable: "boolean",
  },
  tokens: {
    requestId: "string",
    attempt: "number",
    firstIndex: "number",
    tokens: "array",
    end: "object?",
  },
  alive: {
    requestId: "string",
    attempt: "number",
    outputTokens: "number",
    isEngineSilent: "boolean?",
    totals: "object?",
  },
  preempted: { requestId: "string", attempt: "number" },
  returned: {
    requestId: "string",
    attempt: "number",
    reason: "string",
    totals: "object",
    crash: "object?",
  },
  "worker-lost": { worker: "string", incarnation: "number" },
  "edge-draining": {},
  "timer-fired": { name: "string" },
};
