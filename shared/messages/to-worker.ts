// All that the agent beside one engine replica hears. Senders: the owner of its registration, edge sessions,
// routers, tenant queues, KV accountants, its host's adapter cache, its engine, coordination, the registry's watcher,
// the operator, its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { AdapterDigest, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { EngineCrashed, SuspectsNoted } from "./engine-crash.ts";
import type { FromEngine } from "./from-engine.ts";
import type { Fields } from "./fields.ts";
import type { BillAnswered, EdgesRegistered, LastWord } from "./owed-bill.ts";
import type { TimerFired } from "./timer-fired.ts";
import type { KeepCounters } from "./virtual-counters.ts";

export type ToWorker =
  | WorkerPlaced
  | RegistrationLost
  | AdapterRights
  | Start
  | Attach
  | Unclaimed
  | EdgesRegistered
  | BillAnswered
  | Cancel
  | Ack
  | Void
  | Preempt
  | CollectPool
  | KeepCounters
  | CollectSequences
  | Extended
  | ExtendRefused
  | EndNoted
  | LoadAdapter
  | Cordon
  | Drain
  | EngineCrashed
  | SuspectsNoted
  | FromEngine
  | WorkerTimer;

/** The worker is registered: its life with this number begins. Every sequence of an earlier life is killed first. From the owner. */
export interface WorkerPlaced {
  readonly kind: "placed";
  readonly incarnation: number;
}

/** The registration's lease is gone: kill every sequence, accept nothing until placed again. From the owner. */
export interface RegistrationLost {
  readonly kind: "registration-lost";
}

/** Which tenants may run which adapters: checked again here, whatever the edge decided. From the registry's watcher. */
export interface AdapterRights {
  readonly kind: "adapter-rights";
  readonly rights: readonly {
    readonly digest: AdapterDigest;
    readonly bytes: number;
    readonly tenants: readonly TenantId[];
  }[];
}

/** Run this attempt. Same attempt again: go on with it (answer `started`, send again what is unacknowledged). Answered by `started` or `start-refused`. From the session. */
export interface Start {
  readonly kind: "start";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly incarnation: number;
  readonly shard: number;
  readonly shardEpoch: number;
  readonly poolEpoch: number;
  readonly tenant: TenantId;
  readonly weight: number;
  /** Lower goes first in the engine, the highest number is preempted first. Absent: 0. */
  readonly band?: number;
  readonly namespace: string;
  readonly adapterDigest: AdapterDigest;
  /** Ids in the model's vocabulary, little-endian, four bytes each. */
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly promptTokens: number;
  /** Output tokens the client has: the engine counts them as output and continues after them. */
  readonly forcedPrefix: readonly Token[];
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly sampling: Sampling;
  /** The tenant's queue stops the stream here unless it grants more. */
  readonly outputTokensGranted: number;
  /** Zones outside which it may not run, whoever granted the place: a worker elsewhere refuses it. Absent: anywhere. */
  readonly residency?: readonly string[];
  /** What another session would need to go on with the stream. The worker keeps it, and reads it for a bill and for who may have it. Absent: nobody can. */
  readonly resumeTerms?: string;
  /** The client's name for the request, for an owner to come. */
  readonly idempotency?: Idempotency;
  /** The client has a part of an output that nobody keeps: refused unless this engine would say the same again. */
  readonly mustReplay?: boolean;
  /** It was in flight at engine crashes and runs alone here until its output has passed this index, or ended. Absent: in company. */
  readonly aloneUntilIndex?: number;
}

/** The client reads the stream again, through another session: from now on this one is the attempt's session, and the earlier one is told `detached`. Answered by `attached`, and then every token from index 0, or by `attach-refused`. From a session that resumes. */
export interface Attach {
  readonly kind: "attach";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly incarnation: number;
  readonly tenant: TenantId;
  /** The client has the output up to and with this index. -1: nothing. */
  readonly after: number;
  /** Not handed over unless its terms have one of these names. At least one; absent: whatever it is. */
  readonly models?: readonly string[];
}

/** No session of the attempt lives where its frames go: kept for half a minute for a client that resumes. From what stands at that address, or from a session that leaves. */
export interface Unclaimed {
  readonly kind: "unclaimed";
  readonly requestId: RequestId;
  readonly attempt: number;
}

/** The client no longer wants it: stop at the next step boundary, send the last frame with `end.reason` `cancelled`. Repeated until that frame. From the session, or from its tenant's queue when that session must be over and is silent, or never claimed it after a takeover. */
export interface Cancel {
  readonly kind: "cancel";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** The client was told an error: its output is not to be had again. */
  readonly isDiscarded?: boolean;
  /** Absent: its client hung up, and all that was generated is billed. */
  readonly lastWord?: LastWord;
}

/** The client's socket took every token below `nextIndex`. `isBehind`: send again from there. */
export interface Ack {
  readonly kind: "ack";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly nextIndex: number;
  readonly isBehind: boolean;
}

/** Never start this attempt (stop it if it runs); answer `router-voided`. Remembered for a minute. From the router. */
export interface Void {
  readonly kind: "void";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly poolEpoch: number;
}

/** This attempt gives way to others: stop it at the next step boundary and return it to its session as `preempted`. Idempotent; nothing if it is not live. From the router. */
export interface Preempt {
  readonly kind: "preempt";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly poolEpoch: number;
}

/** The pool has a new owner: raise its epoch first, then answer `worker-holds-pool` to the router, `block-report` to the accountant and `capacity`. */
export interface CollectPool {
  readonly kind: "collect-pool";
  readonly pool: PoolId;
  readonly poolEpoch: number;
}

/** The tenant's shard has a new owner: raise its epoch first, then answer `worker-holds-sequences`. */
export interface CollectSequences {
  readonly kind: "collect-sequences";
  readonly tenant: TenantId;
  readonly shard: number;
  readonly shardEpoch: number;
}

/** The KV accountant booked more for a sequence: `blocks` in all. */
export interface Extended {
  readonly kind: "extended";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly blocks: number;
}

/** The KV accountant has no more blocks there: go on until the engine itself runs out. */
export interface ExtendRefused {
  readonly kind: "extend-refused";
  readonly requestId: RequestId;
  readonly attempt: number;
}

/** A router or a tenant's queue has noted an end: stop repeating it to that one. */
export interface EndNoted {
  readonly kind: "end-noted";
  readonly by: "router" | "tenant-queue";
  readonly requestId: RequestId;
  readonly attempt: number;
}

/** Load an adapter into a GPU slot, evicting one if named. Answered to the cache by `cache-adapter-loaded` or `…-failed`. */
export interface LoadAdapter {
  readonly kind: "load-adapter";
  readonly incarnation: number;
  readonly digest: AdapterDigest;
  readonly bytes: number;
  /** Where its bytes are: priced differently. */
  readonly tier: "host" | "disk";
  readonly evict: AdapterDigest | "";
}

/** No new work here, or new work again. From the owner, as the operator wishes. */
export interface Cordon {
  readonly kind: "cordon";
  readonly isCordoned: boolean;
}

/** Cordon, let what runs end for `patienceMs`, return the rest to its sessions. Done when capacity shows every sequence free. From the owner, as the operator wishes, or from the process that ends. */
export interface Drain {
  readonly kind: "drain";
  readonly patienceMs: number;
}

/** `beat`: each half second. `drain`: patience is over. `preempted`: a sequence has waited for its blocks for a second. */
export type WorkerTimer = TimerFired<"beat" | "drain" | "preempted">;

export const toWorker = (worker: Address, message: ToWorker): Send => send(worker, message);

export const toWorkerFields: Fields<ToWorker> = {
  placed: { incarnation: "number" },
  "registration-lost": {},
  "adapter-rights": { rights: "array" },
  start: {
    requestId: "string",
    attempt: "number",
    incarnation: "number",
    shard: "number",
    shardEpoch: "number",
    poolEpoch: "number",
    tenant: "string",
    weight: "number",
    band: "number?",
    namespace: "string",
    adapterDigest: "string",
    promptBytes: "bytes",
    promptDigest: "string",
    promptTokens: "number",
    forcedPrefix: "array",
    outputTokensMax: "number",
    outputTokensMin: "number",
    ignoreEos: "boolean",
    sampling: "object",
    outputTokensGranted: "number",
    residency: "array?",
    resumeTerms: "string?",
    idempotency: "object?",
    mustReplay: "boolean?",
    aloneUntilIndex: "number?",
  },
  attach: {
    requestId: "string",
    attempt: "number",
    incarnation: "number",
    tenant: "string",
    after: "number",
    models: "array?",
  },
  unclaimed: { requestId: "string", attempt: "number" },
  "edges-registered": { edges: "array" },
  "bill-answered": { requestId: "string", attempt: "number", isGiven: "boolean" },
  cancel: { requestId: "string", attempt: "number", isDiscarded: "boolean?", lastWord: "object?" },
  ack: { requestId: "string", attempt: "number", nextIndex: "number", isBehind: "boolean" },
  void: { requestId: "string", attempt: "number", poolEpoch: "number" },
  preempt: { requestId: "string", attempt: "number", poolEpoch: "number" },
  "collect-pool": { pool: "string", poolEpoch: "number" },
  "keep-counters": { pool: "string", poolEpoch: "number", seq: "number", tenants: "array" },
  "collect-sequences": { tenant: "string", shard: "number", shardEpoch: "number" },
  extended: { requestId: "string", attempt: "number", blocks: "number" },
  "extend-refused": { requestId: "string", attempt: "number" },
  "end-noted": { by: "string", requestId: "string", attempt: "number" },
  "load-adapter": {
    incarnation: "number",
    digest: "string",
    bytes: "number",
    tier: "string",
    evict: "string",
  },
  cordon: { isCordoned: "boolean" },
  drain: { patienceMs: "number" },
  "engine-up": {
    workerType: "string",
    gpus: "number",
    sequencesMax: "number",
    totalBlocks: "number",
    blockTokens: "number",
    adapterSlots: "number",
    stepTokensMax: "number?",
    recomputeUsPerToken: "number?",
    swapUsPerToken: "number?",
    replaysExactly: "boolean?",
  },
  "engine-crashed": { reason: "string", fault: "string?", restartMs: "number" },
  "suspects-noted": { crash: "string" },
  "gpu-time": {
    upUs: "number",
    wallUs: "number",
    gpus: "number",
    sequencesUs: "number",
    requests: "object?",
    loadUs: "number?",
    overheadUs: "number",
    idleUs: "number",
    tenants: "array?",
    shapes: "array?",
    work: "object?",
    readings: "array?",
  },
  step: {
    outputs: "array",
    usedBlocks: "number",
    freeBlocks: "number",
    tookMs: "number?",
    beyondShare: "array?",
  },
  "sequence-failed": { sequence: "string", reason: "string", totals: "object" },
  "sequence-stopped": { sequence: "string", totals: "object" },
  "sequence-preempted": { sequence: "string", totals: "object", swappedTokens: "number?" },
  "sequence-resumed": { sequence: "string" },
  "engine-refused": { sequence: "string", reason: "string" },
  "adapter-loaded": { digest: "string", residents: "array" },
  "adapter-failed": { digest: "string", reason: "string" },
  "timer-fired": { name: "string" },
};
