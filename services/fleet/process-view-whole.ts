// The whole platform from what its owners say of their parts: what nobody says is not placed, or down. The fleet
// decides which rows there are, and their order.

import type { Fleet } from "#shared/model/fleet.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import type { Standing } from "#services/console/platform-gauges.ts";
import type { KvBooks } from "#services/console/machines/kv-status.ts";
import { platformGauges } from "#services/console/platform-gauges.ts";
import type { PoolStatus, TenantStatus, WorkerStatus } from "#services/console/platform-view.ts";
import type { LivingSystem, Placed, PoolHere, TenantHere, WorkerHere } from "./process-view.ts";
import { outboxGauges } from "./outbox-here.ts";
import type { GpuBooks } from "#services/console/machines/gpu-status.ts";
import { gpuTenantsHere, gpuWorkersHere } from "./gpu-view.ts";
import { kvTenantsHere, kvWorkersHere } from "./kv-view.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { downWorker, pendingUsage, poolsHere, tenantsHere, workersHere } from "./process-view.ts";

/** Where two owners answer, as during a takeover, the later one's word stands. */
export function wholeTenants(
  { tenants }: Fleet,
  here: readonly TenantHere[],
): readonly TenantStatus[] {
  const said = latest(
    here,
    ({ tenant }) => tenant,
    ({ shardEpoch }) => shardEpoch,
  );
  return tenants.map(({ policy }) => {
    const { tenant, tier, weight, band, limits, throttlePercent, quotas } = standingPolicy(policy);
    return {
      tenant,
      tier,
      weight,
      band,
      limits,
      ...(throttlePercent === undefined ? {} : { throttlePercent }),
      ...(quotas === undefined ? {} : { quotas }),
      shard: shardOf(tenant, shardCountDefault),
      ...notPlaced,
      shardEpoch: 0,
      requestsRemaining: 0,
      tokensRemaining: 0,
      ...said.get(tenant),
    };
  });
}

export function wholePools({ pools }: Fleet, here: readonly PoolHere[]): readonly PoolStatus[] {
  const said = latest(
    here,
    ({ pool }) => pool,
    ({ poolEpoch }) => poolEpoch,
  );
  return pools.map(({ id: pool, model, region, class: kind }) => ({
    pool,
    model,
    region,
    class: kind,
    ...notPlaced,
    poolEpoch: 0,
    virtualTime: 0,
    servingWorkers: 0,
    workers: 0,
    narrowed: [],
    ...said.get(pool),
  }));
}

const notPlaced = { state: "not-placed", waiting: 0, running: 0 } as const;

export function wholeWorkers(
  { workers }: Fleet,
  here: readonly WorkerHere[],
): readonly WorkerStatus[] {
  const said = latest(
    here,
    ({ worker }) => worker,
    ({ incarnation }) => incarnation,
  );
  return workers.map(({ id, pool, zone, host }) => ({
    pool,
    zone,
    host,
    ...(said.get(id) ?? downWorker(id)),
  }));
}

function latest<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  epochOf: (row: Row) => number,
): ReadonlyMap<Key, Row> {
  const found = new Map<Key, Row>();
  for (const row of rows) {
    const standing = found.get(keyOf(row));
    if (standing === undefined || epochOf(row) > epochOf(standing)) found.set(keyOf(row), row);
  }
  return found;
}

/** Tenants named one by one; the rest is counted. */
const namedMax = 20;

/** What still has to happen before every request could run: a pool without a worker, a queue that does not admit. */
export function missingFor(
  pools: readonly PoolStatus[],
  tenants: readonly TenantStatus[],
): readonly string[] {
  const away = tenants.filter(({ state }) => state !== "serving");
  return [
    ...pools
      .filter(({ servingWorkers }) => servingWorkers === 0)
      .map(({ pool }) => `pool ${pool} has no worker that can start anything`),
    ...away.slice(0, namedMax).map(({ tenant }) => `the queue of ${tenant} is not placed`),
    ...(away.length > namedMax ? [`${away.length - namedMax} more queues are not placed`] : []),
  ];
}

/** What stands in this process, of everything that `named` names. */
export function standingHere(system: LivingSystem, named: Fleet): Standing {
  return {
    fleetVersion: named.version,
    pendingUsageRecords: pendingUsage(system.host),
    tenants: wholeTenants(named, rowsOf(tenantsHere(system))),
    pools: wholePools(named, rowsOf(poolsHere(system))),
    workers: wholeWorkers(named, rowsOf(workersHere(system))),
    kv: kvHere(system),
    gpuWorkers: gpusHere(system).workers,
  };
}

export const kvHere = (system: LivingSystem): KvBooks => ({
  tenants: rowsOf(kvTenantsHere(system)),
  workers: rowsOf(kvWorkersHere(system)),
});

export const gpusHere = (system: LivingSystem): GpuBooks => ({
  workers: rowsOf(gpuWorkersHere(system)),
  tenants: rowsOf(gpuTenantsHere(system)),
});

const rowsOf = <Row>(placed: readonly Placed<Row>[]): readonly Row[] =>
  placed.map(({ row }) => row);

/** The gauges of what lives in this process, and of nothing else: what lives elsewhere is told there. */
export function gaugesHere(system: LivingSystem): readonly GaugeReading[] {
  const fleet = system.fleet();
  const here = <Named>(named: readonly Named[], placed: readonly Placed<unknown>[]): Named[] =>
    placed.flatMap(({ position }) => named[position] ?? []);
  const named = {
    ...fleet,
    tenants: here(fleet.tenants, tenantsHere(system)),
    pools: here(fleet.pools, poolsHere(system)),
    workers: here(fleet.workers, workersHere(system)),
  };
  return [...platformGauges(standingHere(system, named)), ...outboxGauges(system.host)];
}
