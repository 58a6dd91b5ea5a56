// When the platform may say `ready`: every pool's router knows a worker it may grant to, and every tenant's queue
// has collected and admits.

import type { InspectableHost } from "#shared/actor/host.ts";
import { routerAddress, tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Router } from "#services/router/router.actor.ts";
import { isServing } from "#services/router/worker-view.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";

/** What still has to happen; empty when ready. */
export function missingForReady(host: InspectableHost, fleet: Fleet): readonly string[] {
  const routers = host.statesOf("router") as ReadonlyMap<string, Router>;
  const queues = host.statesOf("tenant-queue") as ReadonlyMap<string, TenantQueue>;
  const pools = fleet.pools
    .filter(({ id }) => servingWorkers(routers.get(routerAddress(id))) === 0)
    .map(({ id }) => `pool ${id} has no worker that can start anything`);
  const tenants = fleet.tenants
    .map(({ policy }) => policy.tenant)
    .filter((tenant) => {
      const queue = queues.get(tenantQueueAddress(tenant));
      return queue?.tenure === undefined || queue.collection !== undefined;
    })
    .map((tenant) => `the queue of ${tenant} is not placed`);
  return [...pools, ...tenants];
}

/** Those that take grants, be they full at the moment: a busy pool is ready. */
export const servingWorkers = (router: Router | undefined): number =>
  [...(router?.owned?.workers.values() ?? [])].filter(isServing).length;

const readyWithinMs = 15_000;
const lookEveryMs = 5;

/** Resolves when nothing is missing; rejects, naming what is, after fifteen seconds. */
export async function untilReady(host: InspectableHost, fleet: Fleet): Promise<void> {
  const deadlineMs = host.nowMs() + readyWithinMs;
  for (;;) {
    const missing = missingForReady(host, fleet);
    if (missing.length === 0) return;
    if (host.nowMs() > deadlineMs) {
      throw new Error(`not ready after ${readyWithinMs / 1000} s: ${missing.join("; ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
