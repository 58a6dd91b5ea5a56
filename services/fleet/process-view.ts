// What stands in one process, read when asked from the states of the actors that live in it. Who wants the whole
// platform fills in what lives elsewhere (`process-view-whole.ts`).

import type { Address } from "#shared/actor/actor.ts";
import type { Host, InspectableHost } from "#shared/actor/host.ts";
import { routerAddress, tenantQueueAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { NarrowTenant, WidenTenant } from "#shared/messages/narrow-tenant.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId, WorkerId } from "#shared/model/ids.ts";
import type {
  PoolFairness,
  PoolStatus,
  ShareStatus,
  TenantControl,
  TenantStatus,
  WorkerApart,
  WorkerStatus,
} from "#services/console/platform-view.ts";
import type { Meter } from "#services/metering/meter.actor.ts";
import { pendingRecords, recordsOnlyHere } from "#services/metering/meter.actor.ts";
import type { PoolState } from "#services/router/pool-state.ts";
import type { Router } from "#services/router/router.actor.ts";
import { tenantShares, widestReading } from "#services/router/service-shares.ts";
import { isServing } from "#services/router/worker-view.ts";
import { quotaStanding } from "#services/tenant-queue/quota-standing.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { rateLimits } from "#services/tenant-queue/sliding-window.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";

export interface LivingSystem {
  readonly host: InspectableHost;
  readonly fleet: () => Fleet;
}

/** What its owner's state adds to what the fleet says of a tenant. */
export type TenantHere = Pick<
  TenantStatus,
  | "tenant"
  | "state"
  | "shardEpoch"
  | "waiting"
  | "running"
  | "requestsRemaining"
  | "tokensRemaining"
  | "quotaWindows"
>;

export type ShareHere = ShareStatus;

export type PoolHere = Omit<PoolStatus, "model" | "region" | "class">;

export type WorkerHere = Omit<WorkerStatus, "pool" | "zone" | "host">;

/** In the fleet's order, those whose queues are placed here; each with its position in the fleet. */
export interface Placed<Row> {
  readonly position: number;
  readonly row: Row;
}

export function tenantsHere({ host, fleet }: LivingSystem): readonly Placed<TenantHere>[] {
  const queues = host.statesOf("tenant-queue") as ReadonlyMap<string, TenantQueue>;
  const nowMs = host.nowMs();
  return placed(fleet().tenants, ({ policy }) => {
    const { tenant, limits } = standingPolicy(policy);
    const queue = queues.get(tenantQueueAddress(tenant));
    if (queue?.tenure === undefined) return undefined;
    const { requestsRemaining, tokensRemaining } = rateLimits(queue.window, limits, nowMs);
    return {
      tenant,
      state: queue.collection === undefined ? "serving" : "collecting",
      shardEpoch: queue.tenure.shardEpoch,
      waiting: queue.ungranted,
      running: queue.slots,
      requestsRemaining,
      tokensRemaining,
      ...(queue.quota.windows.size === 0 ? {} : { quotaWindows: quotaStanding(queue) }),
    };
  });
}

export function poolsHere({ host, fleet }: LivingSystem): readonly Placed<PoolHere>[] {
  const routers = host.statesOf("router") as ReadonlyMap<string, Router>;
  return placed(fleet().pools, ({ id }) => {
    const owned = routers.get(routerAddress(id))?.owned;
    if (owned === undefined) return undefined;
    return {
      pool: id,
      state: owned.collecting === undefined ? "serving" : "collecting",
      poolEpoch: owned.poolEpoch,
      waiting: owned.offers.size,
      running: owned.placements.requests,
      virtualTime: owned.policy.virtualTime(0),
      // Those that take grants, be they full at the moment: a busy pool is ready.
      servingWorkers: [...owned.workers.values()].filter(isServing).length,
      workers: owned.workers.size,
      narrowed: owned.narrowings.all().map(({ tenant, workers, by }) => ({ tenant, workers, by })),
      ...fairnessOf(owned),
      ...apartIn(owned),
    };
  });
}

function apartIn({ workers }: PoolState): Pick<PoolHere, "apart"> {
  const apart = [...workers.values()].flatMap(({ worker, isHeld, breaker }): WorkerApart[] => {
    if (isHeld) return [{ worker, why: "isolating" }];
    return breaker.state === "closed" ? [] : [{ worker, why: breaker.state }];
  });
  return apart.length === 0 ? {} : { apart };
}

function fairnessOf(owned: PoolState): { readonly fairness?: PoolFairness } {
  const reading = widestReading(owned);
  if (reading === undefined) return {};
  const { band, tenants, gap, bound, jainPpm } = reading;
  return {
    fairness: {
      band,
      tenants,
      gap,
      ...(bound === undefined ? {} : { bound }),
      ...(jainPpm === undefined ? {} : { jainIndex: jainPpm / 1_000_000 }),
    },
  };
}

/** Pool by pool in the fleet's order. A position is the pool's and the tenant's in the fleet. */
export function sharesHere({ host, fleet }: LivingSystem): readonly Placed<ShareHere>[] {
  const routers = host.statesOf("router") as ReadonlyMap<string, Router>;
  const { pools, tenants } = fleet();
  const places = new Map(tenants.map(({ policy: { tenant } }, index) => [tenant, index]));
  return pools.flatMap(({ id: pool }, index) => {
    const owned = routers.get(routerAddress(pool))?.owned;
    if (owned === undefined) return [];
    const { poolEpoch } = owned;
    return tenantShares(owned)
      .flatMap((share) => {
        const place = places.get(share.tenant);
        if (place === undefined) return [];
        return [{ position: index * tenants.length + place, row: { pool, poolEpoch, ...share } }];
      })
      .toSorted((a, b) => a.position - b.position);
  });
}

/** A worker that the fleet names may be told of its rights, so it has a state; only a started one has a life. */
export function workersHere({ host, fleet }: LivingSystem): readonly Placed<WorkerHere>[] {
  const workers = host.statesOf("worker") as ReadonlyMap<string, WorkerState>;
  return placed(fleet().workers, ({ id }) => {
    const worker = workers.get(workerAddress(id));
    if (worker?.incarnation === undefined) return undefined;
    const { incarnation, engineUp, live, residents } = worker;
    if (engineUp === undefined) return { ...downWorker(id), incarnation };
    return {
      worker: id,
      workerType: engineUp.workerType,
      state: stateOf(worker),
      incarnation,
      running: live.size,
      sequencesMax: engineUp.sequencesMax,
      freeBlocks: worker.freeBlocks,
      blocks: engineUp.totalBlocks,
      heldBlocks: worker.usedBlocks,
      unsettledEnds: worker.outbox.waiting.size,
      residents: [...residents],
    };
  });
}

export const downWorker = (worker: WorkerId): WorkerHere => ({
  worker,
  workerType: "",
  state: "down",
  incarnation: 0,
  running: 0,
  sequencesMax: 0,
  freeBlocks: 0,
  blocks: 0,
  heldBlocks: 0,
  unsettledEnds: 0,
  residents: [],
});

function stateOf({ isDraining, isCordoned, live }: WorkerState): WorkerStatus["state"] {
  if (isDraining) return live.size === 0 ? "drained" : "draining";
  return isCordoned ? "cordoned" : "serving";
}

function placed<Named, Row>(
  named: readonly Named[],
  rowOf: (one: Named) => Row | undefined,
): readonly Placed<Row>[] {
  return named.flatMap((one, position) => {
    const row = rowOf(one);
    return row === undefined ? [] : [{ position, row }];
  });
}

/** Queues and routers, whatever they wait for. */
export const ownedHere = (host: Pick<InspectableHost, "statesOf">): number =>
  host.statesOf("tenant-queue").size + host.statesOf("router").size;

/** Records that the ledger does not have yet. */
export const pendingUsage = (host: InspectableHost): number => sumOverMeters(host, pendingRecords);

/** Of these, the ones that no log has either: they end with the process. */
export const usageOnlyHere = (host: InspectableHost): number =>
  sumOverMeters(host, recordsOnlyHere);

const sumOverMeters = (host: InspectableHost, count: (meter: Meter) => number): number =>
  [...host.statesOf("meter").values()]
    .map((state) => count(state as Meter))
    .reduce((sum, records) => sum + records, 0);

/** Commands are messages to the routers, wherever they live. */
export function tenantControl({
  host,
  fleet,
}: {
  readonly host: Pick<Host, "send">;
  readonly fleet: () => Fleet;
}): TenantControl {
  const tell = (message: NarrowTenant | WidenTenant, pool: PoolId | undefined) => {
    const { tenants, pools } = fleet();
    const { tenant } = message;
    if (!tenants.some(({ policy }) => policy.tenant === tenant)) return "unknown-tenant";
    const asked = pools.filter(({ id }) => pool === undefined || id === pool);
    if (asked.length === 0) return "unknown-pool";
    for (const { id } of asked) {
      host.send("operator/console" as Address, routerAddress(id), message);
    }
    return "taken";
  };
  return {
    narrow: (tenant, { pool, workers }) =>
      tell({ kind: "narrow", tenant, ...(workers === undefined ? {} : { workers }) }, pool),
    widen: (tenant, pool) => tell({ kind: "widen", tenant }, pool),
  };
}
