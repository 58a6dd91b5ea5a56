// All that one tenant's queue hears. Senders: the owner that placed it, edge sessions and directories, the
// pools' routers, workers, the registry's watcher, its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { Amounts, QuotaPeriod } from "#shared/model/quota.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { EndedNamed } from "./ended-named.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";
import type { Granted } from "./to-session.ts";

export type ToTenantQueue =
  | TenantQueuePlaced
  | PolicyChanged
  | EdgesChanged
  | Submit
  | Cancel
  | Finished
  | Locate
  | Renew
  | EdgeHolds
  | WorkerHoldsSequences
  | RouterDropped
  | PoolOwnerChanged
  | QueueGranted
  | Voided
  | QueueProgress
  | QueueEnded
  | ClaimBill
  | EscrowExchanged
  | TenantQueueTimer;

/** This process owns the tenant's shard from now on. First message of its life: it collects, then admits. From the owner. */
export interface TenantQueuePlaced {
  readonly kind: "placed";
  readonly shard: number;
  readonly shardEpoch: number;
  readonly policy: TenantPolicy;
  readonly edges: readonly EdgeId[];
  /** Registered within the last minute and no more: dead, or cut off from the store alone. */
  readonly edgesGone?: readonly GoneEdge[];
  readonly workers: readonly WorkerId[];
  readonly pools: readonly PoolId[];
}

export interface GoneEdge {
  readonly edge: EdgeId;
  /** Since its registration ended. */
  readonly goneForMs: number;
}

/** The registry has a newer policy. Applies to new admissions; usage in the windows stays. */
export interface PolicyChanged {
  readonly kind: "policy-changed";
  readonly policy: TenantPolicy;
}

/** The edges that are registered now are others than those told last. From the owner. */
export interface EdgesChanged {
  readonly kind: "edges-changed";
  readonly edges: readonly EdgeId[];
}

/** A session asks for a place, or repeats itself: a repeated submit gets the standing answer. Answered by `queued` or `refused`; by `located`, if its client has named the request and it runs or ran already; silence means ask again. */
export interface Submit {
  readonly kind: "submit";
  readonly requestId: RequestId;
  /** From 1. A higher one than before says that the earlier attempt is over. */
  readonly attempt: number;
  readonly pool: PoolId;
  readonly adapterDigest: AdapterDigest;
  /** How the prompt begins, inside its namespace; empty if too short to share. For locality. */
  readonly prefixKeys: PrefixKeys;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  /** Already delivered: the next attempt starts with them as its forced prefix. */
  readonly deliveredTokens: number;
  /** How often an attempt of it gave way to others. Absent: never. */
  readonly preemptions?: number;
  /** How often an attempt ended with its allowance, not with its output. Absent: never. */
  readonly continuations?: number;
  /** It was in flight at engine crashes. Absent: at none, or acquitted since. */
  readonly suspicion?: Suspicion;
  /** Set once the queue had admitted it: a new owner then restores it without counting it against the limits again. */
  readonly admitted: boolean;
  /** Of the newest owner that it has heard of: it has that one's, if its edge told it that this one asks for its sessions. Absent: none. */
  readonly shardEpoch?: number;
  /** A worker runs this attempt right now, as far as the session knows. */
  readonly runningOn?: WorkerId;
  /** Since the session opened: a duration, so clocks need not agree. */
  readonly ageMs: number;
  /** Until its deadline. */
  readonly remainingMs: number;
  /** This session took another's stream over, or runs its request again because nothing of it is kept: the other one has no say any more. */
  readonly takesOver?: boolean;
  /** The client's name for the request: of those that give the same one, the first to ask runs. */
  readonly idempotency?: Idempotency;
  /** The client says that it lost the stream: whoever has it now has it in vain. */
  readonly hasLostStream?: boolean;
  /** What the queue's last word allows it of the tenant's quotas, for a new owner. Absent: the tenant has none. */
  readonly allowance?: OutputAllowance;
  /** A window of its allowance ended then, and nothing is delivered before it is renewed: answered by `queued`. */
  readonly renewsAtEpochMs?: number;
}

/** The client no longer wants it, and no worker runs it: leave the queue, release everything, charge nothing. Answered by `settled`. */
export interface Cancel {
  readonly kind: "cancel";
  readonly requestId: RequestId;
  /** Only if it is this session's: another may run under the same name. */
  readonly isOwn?: boolean;
  /** Its bill is written, under the name that its client gave it: this run of the name is over. */
  readonly named?: EndedNamed;
}

/** The session is over: settle on actuals. Repeated until answered by `settled`. */
export interface Finished {
  readonly kind: "finished";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** Over all attempts, as far as the session knows. */
  readonly totals: ExecutedTotals;
  readonly deliveredTokens: number;
  /** The output came to its own end. Absent: its client, its own limit or a fault cut it off, and it would have been longer. */
  readonly isWhole?: true;
  /** The client was given all of it: whoever repeats the request may have the same again. */
  readonly isServed?: boolean;
  readonly idempotency?: Idempotency;
  /** Its worker never said how it ended there: nobody may go on with it, for its bill is written. */
  readonly isOutputLost?: boolean;
}

/** Where does this request run, or where did it? Answered by `located`. From a session that resumes its stream. */
export interface Locate {
  readonly kind: "locate";
  readonly requestId: RequestId;
}

/** These requests still have a live session here; each second, from an edge's directory. Answered by `unknown-requests` if any is. */
export interface Renew {
  readonly kind: "renew";
  readonly requestIds: readonly RequestId[];
}

/** Answer to `collect-sessions`. The sessions themselves submit again; `sessions` says how many to expect. */
export interface EdgeHolds {
  readonly kind: "edge-holds";
  readonly edge: EdgeId;
  readonly shardEpoch: number;
  readonly sessions: number;
  /** Admissions of the last 60 s: `[secondsAgo, requests, tokens]`. Each is more than `secondsAgo` − 1 old; fractions are welcome. */
  readonly admissions: readonly (readonly [number, number, number])[];
  /** Named requests that ended there in the last minute, the latest of them. */
  readonly ended?: readonly EndedNamed[];
}

/** Answer to `collect-sequences`: the tenant's sequences on that worker. */
export interface WorkerHoldsSequences {
  readonly kind: "worker-holds-sequences";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly shardEpoch: number;
  readonly sequences: readonly HeldSequence[];
}

export interface HeldSequence {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly pool: PoolId;
  readonly adapterDigest: AdapterDigest;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  readonly totals: ExecutedTotals;
  readonly idempotency?: Idempotency;
}

/** Answer to `collect-offers`: the router has dropped the tenant's ungranted offers of earlier epochs. */
export interface RouterDropped {
  readonly kind: "router-dropped";
  readonly pool: PoolId;
  readonly shardEpoch: number;
}

/** The pool's router has a new owner: offer again, at once. */
export interface PoolOwnerChanged {
  readonly kind: "pool-owner-changed";
  readonly pool: PoolId;
  readonly poolEpoch: number;
}

/** The router gave the request a place. As `granted` to the session, and the tags as they now stand. */
export interface QueueGranted extends Omit<Granted, "kind"> {
  readonly kind: "queue-granted";
  readonly pool: PoolId;
  /** The pool's virtual time, and the finish tag that this tenant has been charged up to, in µcost per weight. */
  readonly virtualTime: number;
  readonly finishTag: number;
}

/** A grant that did not become a running sequence, or a place that was lost with its worker: the queue offers the next attempt by itself. */
export interface Voided {
  readonly kind: "voided";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly reason: "not-started" | "worker-lost" | "adapter-failed";
}

/** Work done so far, for TPM and the output grant. Totals are cumulative: apply by maximum. From the worker. */
export interface QueueProgress {
  readonly kind: "queue-progress";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly sequences: readonly {
    readonly requestId: RequestId;
    readonly attempt: number;
    readonly totals: ExecutedTotals;
  }[];
}

/** An attempt ended on its worker. Repeated until answered by `end-noted`. */
export interface QueueEnded {
  readonly kind: "queue-ended";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  /** Whether the request itself is over (finished or cancelled), or waits for its next attempt. */
  readonly isFinal: boolean;
  readonly totals: ExecutedTotals;
}

/**
 * Nobody has claimed what this attempt put out, or the edge that had it is gone: may its worker write the request's bill? Answered by `bill-answered`;
 * with a yes the request is settled, and no session speaks for it any more. From the worker, repeated until that is said, for a minute.
 */
export interface ClaimBill {
  readonly kind: "claim-bill";
  readonly requestId: RequestId;
  readonly attempt: number;
  /** Of the request, all attempts together: what the worker would bill. */
  readonly outputTokens: number;
}

/** Answer to `exchange-escrow`: what the tenant may spend more of its quota, durable already, and where its windows stand. */
export interface EscrowExchanged {
  readonly kind: "escrow-exchanged";
  readonly shardEpoch: number;
  readonly seq: number;
  /** One of each period. */
  readonly windows: readonly EscrowWindow[];
}

export interface EscrowWindow {
  readonly period: QuotaPeriod;
  /** As `quota-window.ts` names it. */
  readonly window: string;
  readonly endsInMs: number;
  readonly endsAtEpochMs: number;
  /** The same in words, `2026-11-29T00:00:00Z`. */
  readonly endsAt: string;
  /** Taken, by this owner and those before it, and not given back. */
  readonly taken: Amounts;
  /** At most what was wanted; less: a hard quota has no more for now. */
  readonly granted: Amounts;
}

/** `escrow`: an exchange is unanswered, or what is left over is to be given back. `collect`: repeat unanswered questions. `collected`: stop waiting for answers. `reoffer`: offers unanswered for 2 s. `sweep`: leases and deadlines. `unclaimed`: a session that left quota behind must be over by now. */
export type TenantQueueTimer = TimerFired<
  "collect" | "collected" | "reoffer" | "sweep" | "escrow" | "unclaimed"
>;

export const toTenantQueue = (queue: Address, message: ToTenantQueue): Send => send(queue, message);

export const toTenantQueueFields: Fields<ToTenantQueue> = {
  placed: {
    shard: "number",
    shardEpoch: "number",
    policy: "object",
    edges: "array",
    edgesGone: "array?",
    workers: "array",
    pools: "array",
  },
  "policy-changed": { policy: "object" },
  "edges-changed": { edges: "array" },
  submit: {
    requestId: "string",
    attempt: "number",
    pool: "string",
    adapterDigest: "string",
    prefixKeys: "array",
    promptTokens: "number",
    outputTokensMax: "number",
    deliveredTokens: "number",
    preemptions: "number?",
    continuations: "number?",
    suspicion: "object?",
    admitted: "boolean",
    shardEpoch: "number?",
    runningOn: "string?",
    ageMs: "number",
    remainingMs: "number",
    takesOver: "boolean?",
    idempotency: "object?",
    hasLostStream: "boolean?",
    allowance: "object?",
    renewsAtEpochMs: "number?",
  },
  cancel: { requestId: "string", isOwn: "boolean?", named: "object?" },
  finished: {
    requestId: "string",
    attempt: "number",
    totals: "object",
    deliveredTokens: "number",
    isWhole: "boolean?",
    isServed: "boolean?",
    idempotency: "object?",
    isOutputLost: "boolean?",
  },
  locate: { requestId: "string" },
  renew: { requestIds: "array" },
  "edge-holds": {
    edge: "string",
    shardEpoch: "number",
    sessions: "number",
    admissions: "array",
    ended: "array?",
  },
  "worker-holds-sequences": {
    worker: "string",
    incarnation: "number",
    shardEpoch: "number",
    sequences: "array",
  },
  "router-dropped": { pool: "string", shardEpoch: "number" },
  "pool-owner-changed": { pool: "string", poolEpoch: "number" },
  "queue-granted": {
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
    pool: "string",
    virtualTime: "number",
    finishTag: "number",
  },
  voided: {
    requestId: "string",
    attempt: "number",
    pool: "string",
    poolEpoch: "number",
    reason: "string",
  },
  "queue-progress": { worker: "string", incarnation: "number", sequences: "array" },
  "queue-ended": {
    requestId: "string",
    attempt: "number",
    worker: "string",
    incarnation: "number",
    isFinal: "boolean",
    totals: "object",
  },
  "claim-bill": { requestId: "string", attempt: "number", outputTokens: "number" },
  "escrow-exchanged": {
    shardEpoch: "number",
    seq: "number",
    windows: "array",
  },
  "timer-fired": { name: "string" },
};
