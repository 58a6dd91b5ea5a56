// What an operator sees of a pool's KV blocks: by tenant, what is held beside the budget; by worker, the accountant's
// books beside what the engine has. All counts are in the pool's blocks.

import type { PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";

/** One tenant in one pool, over all its workers. */
export interface KvTenantStatus {
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly tenant: TenantId;
  /** Booked for its sequences. */
  readonly heldBlocks: number;
  readonly sequences: number;
  readonly guaranteedBlocks: number;
  /** Absent: no bound. */
  readonly burstBlocks?: number;
  /** Held above its guarantee: a tenant inside its own may have them back. */
  readonly onLoanBlocks: number;
}

/** One life of one worker, as its pool's accountant has it. */
export interface KvWorkerStatus {
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  /** As the engine says. booked + free = total + overcommitted. */
  readonly totalBlocks: number;
  readonly bookedBlocks: number;
  readonly freeBlocks: number;
  /** By how much the engine holds more than it has: sequences share blocks, and each counts them. */
  readonly overcommittedBlocks: number;
  readonly sequences: number;
  /** Times, in this life, that its reports differed from the books for so long that they were believed. */
  readonly drifts: number;
}

export interface KvBooks {
  readonly tenants: readonly KvTenantStatus[];
  readonly workers: readonly KvWorkerStatus[];
}
