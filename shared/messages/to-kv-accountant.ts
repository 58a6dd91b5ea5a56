// All that a pool's KV accountant hears. Senders: the owner that placed it, the pool's router beside it, the
// pool's workers, its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { Fields } from "./fields.ts";

export type ToKvAccountant =
  | KvAccountantPlaced
  | Reserve
  | Reclaim
  | Extend
  | Release
  | BlockReport
  | WorkerFenced;

/** This process owns the pool from now on. Nothing can be reserved on a worker before its first report. */
export interface KvAccountantPlaced {
  readonly kind: "placed";
  readonly pool: PoolId;
  readonly poolEpoch: number;
}

/** Book blocks for an attempt: prompt plus predicted output. Idempotent; a place that was refused or released is not booked again. Answered by `reserved` or `reserve-refused`. From the router. */
export interface Reserve {
  readonly kind: "reserve";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly blocks: number;
  readonly poolEpoch: number;
  /** Grows with each place of this epoch's router: one attempt may be placed again after it fell through. */
  readonly place: number;
  /** The tenant's budget over the whole pool. Absent: nothing is guaranteed to it; nothing bounds it. */
  readonly guaranteedBlocks?: number;
  readonly burstBlocks?: number;
}

/** The next in line found no blocks: from whom may its tenant take them back? Books nothing; asked again at most each half second. Answered by `reclaimable`. From the router. */
export interface Reclaim {
  readonly kind: "reclaim";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  readonly blocks: number;
  readonly poolEpoch: number;
  /** As in `reserve`. */
  readonly guaranteedBlocks?: number;
  readonly burstBlocks?: number;
}

/** The sequence grows past its booking: book up to `blocks` in all. Answered by `extended` or `extend-refused`. From the worker. */
export interface Extend {
  readonly kind: "extend";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly blocks: number;
}

/** The attempt holds nothing any more (ended, voided, or its worker fenced): return its blocks, exactly once. Answered by `released`. From the router. */
export interface Release {
  readonly kind: "release";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly poolEpoch: number;
  /** What a later place of the attempt has booked stays. 0: it was found running, whatever is booked returns. */
  readonly place: number;
}

/** What a worker's engine really holds. Each half second while anything runs or has just changed, else each five; answer to `collect-pool` too. Truth for totals; drift from the books is an alarm. */
export interface BlockReport {
  readonly kind: "block-report";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly seq: number;
  readonly totalBlocks: number;
  /** Held by running sequences; a shared prefix block counts for each sequence that holds it here, once in `usedBlocks`. */
  readonly usedBlocks: number;
  /** Half seconds that the report stands for, itself included, in which nothing changed and nothing was said. Absent: 1. */
  readonly beats?: number;
  readonly sequences: readonly {
    readonly requestId: RequestId;
    readonly attempt: number;
    readonly tenant: TenantId;
    /** Booked for it, as the worker knows: held blocks or its reservation, whichever is more. */
    readonly blocks: number;
  }[];
}

/** The incarnation is over: everything booked on it returns. From the router. */
export interface WorkerFenced {
  readonly kind: "worker-fenced";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly poolEpoch: number;
}

export const toKvAccountant = (accountant: Address, message: ToKvAccountant): Send =>
  send(accountant, message);

export const toKvAccountantFields: Fields<ToKvAccountant> = {
  placed: { pool: "string", poolEpoch: "number" },
  reserve: {
    requestId: "string",
    attempt: "number",
    tenant: "string",
    worker: "string",
    incarnation: "number",
    blocks: "number",
    poolEpoch: "number",
    place: "number",
    guaranteedBlocks: "number?",
    burstBlocks: "number?",
  },
  reclaim: {
    requestId: "string",
    attempt: "number",
    tenant: "string",
    blocks: "number",
    poolEpoch: "number",
    guaranteedBlocks: "number?",
    burstBlocks: "number?",
  },
  extend: {
    requestId: "string",
    attempt: "number",
    worker: "string",
    incarnation: "number",
    blocks: "number",
  },
  release: { requestId: "string", attempt: "number", poolEpoch: "number", place: "number" },
  "block-report": {
    worker: "string",
    incarnation: "number",
    seq: "number",
    totalBlocks: "number",
    usedBlocks: "number",
    beats: "number?",
    sequences: "array",
  },
  "worker-fenced": { worker: "string", incarnation: "number", poolEpoch: "number" },
};
