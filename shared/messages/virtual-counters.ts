// How far the tenants of a pool are ahead of each other, as its router last told: what a next router needs to go on where
// this one stops. Kept by the pool's workers, which outlive it and are asked by whoever comes. Lost, it costs seconds of fairness.

import type { PoolId, TenantId } from "#shared/model/ids.ts";

/** One tenant that waits, runs or is ahead of its band's virtual time. All in µcost per weight. */
export interface TenantCounter {
  readonly tenant: TenantId;
  readonly band: number;
  readonly weight: number;
  /** Beyond the virtual time, for what has ended: what runs is left out, so this may be below zero. */
  readonly ended: number;
  /** What runs: how many, and of all of them what was charged, predictions included, and what has been executed. */
  readonly places: number;
  readonly charged: number;
  readonly executed: number;
}

/** From the pool's router, each second while anything waits or runs: keep the newest, and answer `collect-pool` with it. */
export interface KeepCounters {
  readonly kind: "keep-counters";
  readonly pool: PoolId;
  readonly poolEpoch: number;
  /** Grows under one epoch. */
  readonly seq: number;
  /** Those furthest from the virtual time, if there are too many. */
  readonly tenants: readonly TenantCounter[];
}

/** As a worker gives them back. */
export type VirtualCounters = Pick<KeepCounters, "poolEpoch" | "seq" | "tenants">;
