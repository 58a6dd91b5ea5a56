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
import { missingForReady } from "./readiness.ts";
import { pendingUsage } from "./settle.ts";

export interface LivingSystem {
  readonly host: InspectableHost;
  fleet(): Fleet;
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
  const isServing = queue?.tenure !== undefined;
  const left = queue === undefined ? undefined : rateLimits(queue.window, limits, nowMs);
  return {
    tenant,
    tier,
    weight,
    band,
    state: isServing ? (queue.collection === undefined ? "serving" : "collecting") : "not-placed",
    shard: shardOf(tenant, shardCountDefault),
    shardEpoch: queue?.tenure?.shardEpoch ?? 0,
    waiting: queue?.ungranted ?? 0,
    running: queue?.slots ?? 0,
    limits,
    requestsRemaining: left?.requestsRemaining ?? limits.requestsPerMinute,
    tokensRemaining: left?.tokensRemaining ?? limits.tokensPerMinute,
  };
}

function workerStatus(spec: WorkerSpec, worker: WorkerState | undefined): WorkerStatus {
  const { id, pool, zone, host } = spec;
  const up = worker?.engineUp;
  return {
    worker: id,
    pool,
    zone,
    host,
    workerType: up?.workerType ?? "",
    state: stateOf(worker),
    incarnation: worker?.incarnation ?? 0,
    running: worker?.live.size ?? 0,
    sequencesMax: up?.sequencesMax ?? 0,
    freeBlocks: worker?.freeBlocks ?? 0,
    blocks: up?.totalBlocks ?? 0,
    residents: [...(worker?.residents ?? [])],
  };
}

function stateOf(worker: WorkerState | undefined): WorkerStatus["state"] {
  if (worker?.incarnation === undefined || worker.engineUp === undefined) return "down";
  if (worker.isDraining) return worker.live.size === 0 ? "drained" : "draining";
  return worker.isCordoned ? "cordoned" : "serving";
}

function poolStatus(pool: Pool, router: Router | undefined): PoolStatus {
  const owned = router?.owned;
  const isServing = owned !== undefined && owned.collecting === undefined;
  return {
    pool: pool.id,
    model: pool.model,
    region: pool.region,
    class: pool.class,
    state: owned === undefined ? "not-placed" : isServing ? "serving" : "collecting",
    poolEpoch: owned?.poolEpoch ?? 0,
    waiting: owned?.offers.size ?? 0,
    running: owned?.placements.requests ?? 0,
    virtualTime: owned?.clock.virtualTime(0) ?? 0,
    workers: owned?.open.length ?? 0,
  };
}
