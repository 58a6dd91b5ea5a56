// What stands in a house, and the words that place it: one replica, its pool's router and accountant, a queue per
// tenant with limits that never bind.

import type { Address, AnyActor } from "#shared/actor/actor.ts";
import {
  engineAddress,
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
} from "#shared/messages/addresses.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { RequestId, WorkerHostId } from "#shared/model/ids.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { policyNamed } from "#services/router/policy/policy-named.ts";
import { router } from "#services/router/router.actor.ts";
import type { Router } from "#services/router/router.actor.ts";
import { tenantQueue } from "#services/tenant-queue/tenant-queue.actor.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { createWorker } from "#services/worker/worker.actor.ts";
import {
  houseEdge,
  housePool,
  houseShard,
  houseWorker,
  houseWorkerAddress,
  tenantOf,
} from "./house-clients.ts";

export interface HouseTenant {
  readonly weight: number;
  readonly band?: number;
}

export interface HousePlan {
  readonly policy: PolicyName;
  /** Of the policy `rpm`, and then each queue's limit too: what is above it is refused. */
  readonly requestsPerMinute: number;
  readonly engine: SimulatedEngineSpec;
  /** Another host time per step than the profile's. */
  readonly hostMs?: number;
  /** By client. */
  readonly tenants: readonly HouseTenant[];
}

export interface Furnishing {
  readonly move: (address: Address, actor: AnyActor, state: unknown) => void;
  /** Delivered at once, with all that follows from it. */
  readonly tell: (address: Address, message: unknown) => void;
}

const neverBinds = 1e9;
const host = "host" as WorkerHostId;
const zone = "a";
const epoch = 1;

export function furnish(
  plan: HousePlan,
  lengthOf: (requestId: RequestId) => number,
  { move, tell }: Furnishing,
): void {
  const toAccountant = kvAccountantAddress(housePool);
  const toRouter = routerAddress(housePool);
  const worker = createWorker({ pool: housePool, host, zone });
  move(houseWorkerAddress, worker, worker.init(houseWorkerAddress));
  moveEngine(plan, move);
  move(toAccountant, kvAccountant, kvAccountant.init(toAccountant));
  const pool = router.init(toRouter);
  move(toRouter, router, pool);
  const policies = plan.tenants.map((tenant, client) => tenantPolicy(plan, tenant, client));
  for (const { tenant } of policies) {
    const queue = tenantQueueAddress(tenant);
    move(queue, tenantQueue, tenantQueue.init(queue));
  }
  tell(houseWorkerAddress, { kind: "placed", incarnation: epoch });
  tell(toAccountant, { kind: "placed", pool: housePool, poolEpoch: epoch });
  tell(toRouter, {
    kind: "placed",
    pool: housePool,
    poolEpoch: epoch,
    kvBlockTokens: plan.engine.kvBlockTokens,
    workers: [{ worker: houseWorker, incarnation: epoch, zone, host }],
    tenants: policies.map(({ tenant }) => tenant),
    policy: plan.policy,
  });
  tellPolicy(plan, pool, lengthOf);
  for (const policy of policies) {
    tell(tenantQueueAddress(policy.tenant), {
      kind: "placed",
      shard: houseShard,
      shardEpoch: epoch,
      policy,
      edges: [houseEdge],
      workers: [houseWorker],
      pools: [housePool],
    });
  }
}

function moveEngine({ engine, hostMs }: HousePlan, move: Furnishing["move"]): void {
  const address = engineAddress(houseWorker);
  const actor = createSimulatedEngine(engine);
  const replica = actor.init(address);
  const profile = { ...replica.profile, hostMs: hostMs ?? replica.profile.hostMs };
  move(address, actor, { ...replica, profile });
}

/** What the benchmark alone can tell a policy: figures that a fleet does not set, and true lengths. */
function tellPolicy(
  { policy, requestsPerMinute }: HousePlan,
  pool: Router,
  lengthOf: (requestId: RequestId) => number,
): void {
  if (pool.owned === undefined) throw new Error("the router was placed");
  const outputTokensOf = ({ requestId }: Offer): number => lengthOf(requestId);
  const figures = { requestsPerMinute, outputTokensOf };
  pool.owned = { ...pool.owned, policy: policyNamed(policy, figures) };
}

const tenantPolicy = (
  { policy, requestsPerMinute }: HousePlan,
  { weight, band = 0 }: HouseTenant,
  client: number,
): TenantPolicy => ({
  tenant: tenantOf(client),
  tier: "bench",
  weight,
  band,
  limits: {
    queueLengthMax: neverBinds,
    concurrencyMax: neverBinds,
    contextTokensMax: neverBinds,
    requestsPerMinute: policy === "rpm" ? requestsPerMinute : neverBinds,
    tokensPerMinute: neverBinds * 1000,
  },
});
