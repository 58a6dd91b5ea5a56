// All that a pool's router hears. Senders: the owner that placed it, tenant queues, workers, the pool's KV
// accountant, adapter caches, an operator, its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { AdapterDigest, PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { CostWeights } from "#shared/model/cost.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import type { KvLoan } from "#shared/model/kv-blocks.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { SeenCrash, Suspicion } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { Fields } from "./fields.ts";
import type { HeldSequence } from "./held-sequence.ts";
import type { Capacity } from "./worker-capacity.ts";
import type { NarrowTenant, WidenTenant } from "./narrow-tenant.ts";
import type { PlacedEdge, PoolWorker } from "./pool-members.ts";
import type { TimerFired } from "./timer-fired.ts";
import type { VirtualCounters } from "./virtual-counters.ts";

export type ToRouter =
  | RouterPlaced
  | MembersChanged
  | Offer
  | Withdraw
  | CollectOffers
  | NarrowTenant
  | WidenTenant
  | Capacity
  | WorkerHoldsPool
  | Reserved
  | ReserveRefused
  | Reclaimable
  | Released
  | Pinned
  | PinRefused
  | Unpinned
  | PinsKept
  | RouterStarted
  | RouterVoided
  | RouterProgress
  | RouterEnded
  | RouterTimer;

/** This process owns the pool from now on: collect from its workers, then grant. From the owner. */
export interface RouterPlaced {
  readonly kind: "placed";
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly kvBlockTokens: number;
  /** The order in which its tenants are served. Absent: by virtual finish time. */
  readonly policy?: PolicyName;
  /** Whether running requests give way to offers that are behind. Absent: on. */
  readonly preemption?: "on" | "off";
  /** What its work costs. Absent: the default weights, with which queues stamp their offers. */
  readonly cost?: CostWeights;
  readonly workers: readonly PoolWorker[];
  readonly tenants: readonly TenantId[];
  readonly edges?: readonly PlacedEdge[];
}

/** Registered workers now. One that is missing, or has another incarnation, is fenced: its places are lost. From the owner. */
export interface MembersChanged {
  readonly kind: "members-changed";
  readonly workers: readonly PoolWorker[];
  readonly tenants: readonly TenantId[];
  readonly edges?: readonly PlacedEdge[];
}

/** A tenant's queue proposes one of its first requests. Idempotent per (request, attempt); repeated every 2 s until granted. */
export interface Offer {
  readonly kind: "offer";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  readonly shard: number;
  readonly shardEpoch: number;
  readonly session: Address;
  /** Place in the tenant's own order: lower goes first. */
  readonly position: number;
  readonly weight: number;
  readonly band: number;
  /** From the tier: it may preempt running requests of lower bands (higher numbers). Absent: not. */
  readonly mayPreempt?: boolean;
  /** Share of the executed cost that its whole band is guaranteed, 0 to 99. Absent: 0. */
  readonly bandFloorPercent?: number;
  /** The tenant's KV budget in this pool, in tokens. Absent: none. */
  readonly kvGuaranteedTokens?: number;
  readonly kvBurstTokens?: number;
  /** Zones outside which it may not run. Absent: anywhere. */
  readonly residency?: readonly string[];
  /** Under the tenant's quota; handed to the session with the grant. */
  readonly allowance?: OutputAllowance;
  /** As the queue stamps them, µcost per weight; the router lifts them to its own virtual time. */
  readonly startTag: number;
  readonly finishTag: number;
  /** Predicted, µcost. */
  readonly cost: number;
  readonly promptTokens: number;
  readonly outputTokensPredicted: number;
  readonly outputTokensMax: number;
  /** How often the request was preempted already: at most 3 times. Absent: never. */
  readonly preemptions?: number;
  /** It was in flight at engine crashes. Absent: at none. */
  readonly suspicion?: Suspicion;
  /** Of `promptTokens`, what earlier attempts computed: computing it again is not charged again. Absent: 0. */
  readonly computedTokens?: number;
  readonly adapterDigest: AdapterDigest;
  /** How the prompt begins, inside its namespace; empty if too short to share. */
  readonly prefixKeys: PrefixKeys;
  /** Since the request came to its queue: a duration, so that clocks need not agree. Absent: it came just now. */
  readonly waitedMs?: number;
}

/** The queue takes an ungranted offer back; a granted attempt is voided at its worker. */
export interface Withdraw {
  readonly kind: "withdraw";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly shardEpoch: number;
}

/** A tenant's queue was taken over: drop its ungranted offers of lower epochs, answer `router-dropped`. */
export interface CollectOffers {
  readonly kind: "collect-offers";
  readonly tenant: TenantId;
  readonly shard: number;
  readonly shardEpoch: number;
}

/** Answer to `collect-pool`: everything that runs there. */
export interface WorkerHoldsPool {
  readonly kind: "worker-holds-pool";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly poolEpoch: number;
  readonly sequences: readonly HeldSequence[];
  /** The pool's, as it was last told them. Absent: it was told none. */
  readonly counters?: VirtualCounters;
}

/** The KV accountant booked the blocks. */
export interface Reserved {
  readonly kind: "reserved";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  /** What that worker has left after this booking, and has in all. */
  readonly freeBlocks?: number;
  readonly totalBlocks?: number;
  /** Of the `reserve` that this answers: an answer to an earlier place of the attempt is not the present one's. */
  readonly place?: number;
}

/** The KV accountant could not book the blocks; nothing is held. `tenant-budget`: its tenant would be above its burst, whatever is free; only that tenant waits. */
export interface ReserveRefused {
  readonly kind: "reserve-refused";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly reason: "no-blocks" | "unknown-worker" | "tenant-budget";
  /** What that worker has left, and has in all. */
  readonly freeBlocks: number;
  readonly totalBlocks?: number;
  /** With `no-blocks`, when the tenant stays inside its guarantee: as in `reclaimable`. */
  readonly reclaimFrom?: readonly KvLoan[];
  /** As in `reserved`. */
  readonly place?: number;
}

/** From whom blocks may be taken back for that request, most above its guarantee first, at most eight. Empty: from nobody, or its tenant would not stay inside its guarantee. From the KV accountant. */
export interface Reclaimable {
  readonly kind: "reclaimable";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly reclaimFrom: readonly KvLoan[];
}

/** The KV accountant's answer to `release`; also when it held nothing. */
export interface Released {
  readonly kind: "released";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** What its worker has left now, and has in all; absent when it held nothing. */
  readonly freeBlocks?: number;
  readonly totalBlocks?: number;
  /** As in `reserved`. */
  readonly place?: number;
}

/** The adapter is resident on that worker and stays until unpinned. */
export interface Pinned {
  readonly kind: "pinned";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  /** True: the adapter was loaded for this very pin, at the expense of its tenant. */
  readonly loaded?: boolean;
  /** Then: how large it is, and whether it came from the host's RAM or its disk. */
  readonly bytes?: number;
  readonly tier?: "host" | "disk";
  /** Of the `pin` that this answers: an answer to an earlier place of the attempt is not the present one's. */
  readonly place?: number;
}

/** The adapter cannot be made resident there now; nothing is pinned. */
export interface PinRefused {
  readonly kind: "pin-refused";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly reason: "no-slot" | "load-failed" | "unknown-adapter" | "unknown-worker";
  /** As in `pinned`. */
  readonly place?: number;
}

/** The adapter cache's answer to `unpin`; also when it held nothing. */
export interface Unpinned {
  readonly kind: "unpinned";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** As in `pinned`. */
  readonly place?: number;
}

/** The adapter cache's answer to `keep-pins`, which is said again until then. */
export interface PinsKept {
  readonly kind: "pins-kept";
  readonly worker: WorkerId;
  readonly poolEpoch: number;
}

/** The worker accepted a start. */
export interface RouterStarted {
  readonly kind: "router-started";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
}

/** The worker will never start this attempt (any more). Answer to `void`. */
export interface RouterVoided {
  readonly kind: "router-voided";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
}

/** Work done so far, for virtual time. Cumulative: apply by maximum. */
export interface RouterProgress {
  readonly kind: "router-progress";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly sequences: readonly {
    readonly requestId: RequestId;
    readonly attempt: number;
    readonly totals: ExecutedTotals;
  }[];
}

/** An attempt ended on its worker and holds nothing there. Repeated until answered by `end-noted`. */
export interface RouterEnded {
  readonly kind: "router-ended";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly totals: ExecutedTotals;
  /** Present when the engine crashed with it in flight; its session may not have heard. */
  readonly crash?: SeenCrash;
}

/** `collect`: repeat unanswered questions. `collected`: stop waiting. `tick`: overdue starts, voids, releases, silent workers. `audit`: a second of service to look at. */
export type RouterTimer = TimerFired<"collect" | "collected" | "tick" | "audit">;

export const toRouter = (router: Address, message: ToRouter): Send => send(router, message);

/** Said by or about the worker where an attempt is. */
const attemptThere = { requestId: "string", attempt: "number", worker: "string" } as const;

export const toRouterFields: Fields<ToRouter> = {
  placed: {
    pool: "string",
    poolEpoch: "number",
    kvBlockTokens: "number",
    policy: "string?",
    preemption: "string?",
    cost: "object?",
    workers: "array",
    tenants: "array",
    edges: "array?",
  },
  "members-changed": { workers: "array", tenants: "array", edges: "array?" },
  offer: {
    requestId: "string",
    attempt: "number",
    tenant: "string",
    shard: "number",
    shardEpoch: "number",
    session: "string",
    position: "number",
    weight: "number",
    band: "number",
    mayPreempt: "boolean?",
    preemptions: "number?",
    suspicion: "object?",
    computedTokens: "number?",
    bandFloorPercent: "number?",
    kvGuaranteedTokens: "number?",
    kvBurstTokens: "number?",
    residency: "array?",
    allowance: "object?",
    startTag: "number",
    finishTag: "number",
    cost: "number",
    promptTokens: "number",
    outputTokensPredicted: "number",
    outputTokensMax: "number",
    adapterDigest: "string",
    prefixKeys: "array",
    waitedMs: "number?",
  },
  withdraw: { requestId: "string", attempt: "number", shardEpoch: "number" },
  narrow: { tenant: "string", workers: "number?" },
  widen: { tenant: "string" },
  "collect-offers": { tenant: "string", shard: "number", shardEpoch: "number" },
  capacity: {
    worker: "string",
    incarnation: "number",
    seq: "number",
    freeSequences: "number",
    sequencesMax: "number",
    freeBlocks: "number",
    freePrefillTokens: "number?",
    beyondShare: "array?",
    freePrefillTokensInside: "number?",
    residents: "array",
    adapterSlots: "number?",
    isCordoned: "boolean",
    engineCrashes: "number?",
  },
  "worker-holds-pool": {
    worker: "string",
    incarnation: "number",
    poolEpoch: "number",
    sequences: "array",
    counters: "object?",
  },
  reserved: {
    requestId: "string",
    attempt: "number",
    worker: "string",
    freeBlocks: "number?",
    totalBlocks: "number?",
    place: "number?",
  },
  "reserve-refused": {
    requestId: "string",
    attempt: "number",
    worker: "string",
    reason: "string",
    freeBlocks: "number",
    totalBlocks: "number?",
    reclaimFrom: "array?",
    place: "number?",
  },
  reclaimable: { requestId: "string", attempt: "number", reclaimFrom: "array" },
  released: {
    requestId: "string",
    attempt: "number",
    freeBlocks: "number?",
    totalBlocks: "number?",
    place: "number?",
  },
  pinned: {
    ...attemptThere,
    loaded: "boolean?",
    bytes: "number?",
    tier: "string?",
    place: "number?",
  },
  "pin-refused": { ...attemptThere, reason: "string", place: "number?" },
  unpinned: { requestId: "string", attempt: "number", place: "number?" },
  "pins-kept": { worker: "string", poolEpoch: "number" },
  "router-started": { ...attemptThere, incarnation: "number" },
  "router-voided": { ...attemptThere, incarnation: "number" },
  "router-progress": { worker: "string", incarnation: "number", sequences: "array" },
  "router-ended": {
    requestId: "string",
    attempt: "number",
    worker: "string",
    incarnation: "number",
    totals: "object",
    crash: "object?",
  },
  "timer-fired": { name: "string" },
};
