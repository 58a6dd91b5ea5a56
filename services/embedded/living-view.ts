// What the console sees of the living system, read from the actors' states when asked, and what it may tell workers.

import type { Address } from "#shared/actor/actor.ts";
import type { InspectableHost } from "#shared/actor/host.ts";
import { routerAddress, tenantQueueAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { Fleet, Pool, Tenant, WorkerSpec } from "#shared/model/fleet.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import type {
  PlatformView,
  PoolStatus,
  TenantStatus,
  WorkerControl,
  WorkerStatus,
} from "#services/console/platform-view.ts";
import type { Router } from "#services/router/router.actor.ts";
import { rateLimits } from "#services/tenant-queue/sliding-window.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";
import { missingForReady, servingWorkers } from "./readiness.ts";
import { pendingUsage } from "./settle.ts";

export interface LivingSystem {
  readonly host: InspectableHost;
  readonly fleet: () => Fleet;
}

export function livingView({ host, fleet }: LivingSystem): PlatformView {
  return {
    readiness: () => {
      const missing = missingForReady(host, fleet());
      return { isReady: missing.length === 0, missing };
    },
    tenants: () => {
      const queues = host.statesOf("tenant-queue") as ReadonlyMap<string, TenantQueue>;
      return fleet().tenants.map((tenant) => {
        const queue = queues.get(tenantQueueAddress(tenant.policy.tenant));
        return tenantStatus(tenant, queue, host.nowMs());
      });
    },
    workers: () => {
      const workers = host.statesOf("worker") as ReadonlyMap<string, WorkerState>;
      return fleet().workers.map((spec) => workerStatus(spec, workers.get(workerAddress(spec.id))));
    },
    pools: () => {
      const routers = host.statesOf("router") as ReadonlyMap<string, Router>;
      return fleet().pools.map((pool) => poolStatus(pool, routers.get(routerAddress(pool.id))));
    },
    pendingUsageRecords: () => pendingUsage(host),
    notStarted: (wanted) => {
      // A worker that the fleet names is told of its rights, so it has a state; only a started one has a life.
      const workers = host.statesOf("worker") as ReadonlyMap<string, WorkerState>;
      return wanted.workers
        .map(({ id }) => id)
        .filter((id) => workers.get(workerAddress(id))?.incarnation === undefined);
    },
  };
}

export function workerControl({ host, fleet }: LivingSystem): WorkerControl {
  const tell = (worker: WorkerId, message: ToWorker): "taken" | "unknown-worker" => {
    if (!fleet().workers.some(({ id }) => id === worker)) return "unknown-worker";
    host.send("operator/console" as Address, workerAddress(worker), message);
    return "taken";
  };
  return {
    cordon: (worker, isCordoned) => tell(worker, { kind: "cordon", isCordoned }),
    drain: (worker, patienceMs) => tell(worker, { kind: "drain", patienceMs }),
  };
}

function tenantStatus(
  { policy }: Tenant,
  queue: TenantQueue | undefined,
  nowMs: number,
): TenantStatus {
  const { tenant, tier, weight, band, limits } = policy;
  const said = { tenant, tier, weight, band, limits, shard: shardOf(tenant, shardCountDefault) };
  if (queue?.tenure === undefined) {
    const idle = {
      shardEpoch: 0,
      waiting: 0,
      running: 0,
      requestsRemaining: 0,
      tokensRemaining: 0,
    };
    return { ...said, ...idle, state: "not-placed" };
  }
  const { requestsRemaining, tokensRemaining } = rateLimits(queue.window, limits, nowMs);
  return {
    ...said,
    state: queue.collection === undefined ? "serving" : "collecting",
    shardEpoch: queue.tenure.shardEpoch,
    waiting: queue.ungranted,
    running: queue.slots,
    requestsRemaining,
    tokensRemaining,
  };
}

function workerStatus(
  { id, pool, zone, host }: WorkerSpec,
  worker: WorkerState | undefined,
): WorkerStatus {
  const said = { worker: id, pool, zone, host };
  if (worker?.incarnation === undefined || worker.engineUp === undefined) {
    const nothing = { incarnation: 0, running: 0, sequencesMax: 0, freeBlocks: 0, blocks: 0 };
    return { ...said, ...nothing, workerType: "", state: "down", residents: [] };
  }
  const { workerType, sequencesMax, totalBlocks } = worker.engineUp;
  return {
    ...said,
    workerType,
    state: stateOf(worker),
    incarnation: worker.incarnation,
    running: worker.live.size,
    sequencesMax,
    freeBlocks: worker.freeBlocks,
    blocks: totalBlocks,
    residents: [...worker.residents],
  };
}

function stateOf({ isDraining, isCordoned, live }: WorkerState): WorkerStatus["state"] {
  if (isDraining) return live.size === 0 ? "drained" : "draining";
  return isCordoned ? "cordoned" : "serving";
}

function poolStatus({ id, model, region, class: kind }: Pool, router?: Router): PoolStatus {
  const said = { pool: id, model, region, class: kind };
  const owned = router?.owned;
  if (owned === undefined) {
    const nothing = { poolEpoch: 0, waiting: 0, running: 0, virtualTime: 0 };
    return { ...said, ...nothing, servingWorkers: 0, workers: 0, state: "not-placed" };
  }
  return {
    ...said,
    state: owned.collecting === undefined ? "serving" : "collecting",
    poolEpoch: owned.poolEpoch,
    waiting: owned.offers.size,
    running: owned.placements.requests,
    virtualTime: owned.clock.virtualTime(0),
    servingWorkers: servingWorkers(router),
    workers: owned.workers.size,
  };
}
