// What stands in a house, and the words that place it: a pool's replicas, router and accountant, and a queue per tenant
// with limits that never bind.

import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import type { Address, AnyActor } from "#shared/actor/actor.ts";
import {
  engineAddress,
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
  meterAddress,
} from "#shared/messages/addresses.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { RequestId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { ServiceTerms, TenantPolicy } from "#shared/model/tenant-policy.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { policyNamed } from "#services/router/policy/policy-named.ts";
import type { PickRules } from "#services/router/pick-next.ts";
import { router } from "#services/router/router.actor.ts";
import type { Router } from "#services/router/router.actor.ts";
import { tenantQueue } from "#services/tenant-queue/tenant-queue.actor.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { createWorker } from "#services/worker/worker.actor.ts";
import { houseEdge, housePool, houseShard, tenantOf } from "./house-clients.ts";

export interface HouseTenant extends ServiceTerms {
  readonly weight: number;
  readonly band?: number;
}

export interface HousePlan {
  readonly policy: PolicyName;
  /** Absent: as the router has it. */
  readonly preemption?: "off";
  /** Of the policy `rpm`, and then each queue's limit too: what is above it is refused. */
  readonly requestsPerMinute: number;
  readonly engine: SimulatedEngineSpec;
  /** Equal replicas of the pool: one, unless said otherwise. */
  readonly workers?: number;
  /** Another host time per step than the profile's. */
  readonly hostMs?: number;
  /** What a fleet does not set. Absent: as in production. */
  readonly rules?: PickRules;
  /** Of the policies in rounds, µcost per weight. Absent: as in production. */
  readonly quantum?: number;
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
  const workers = Array.from({ length: plan.workers ?? 1 }, (_, at) => `worker-${at}` as WorkerId);
  for (const worker of workers) moveWorker(plan, worker, move);
  move(toAccountant, kvAccountant, kvAccountant.init(toAccountant));
  const pool = router.init(toRouter);
  move(toRouter, router, pool);
  const policies = plan.tenants.map((tenant, client) => tenantPolicy(plan, tenant, client));
  for (const { tenant } of policies) {
    const queue = tenantQueueAddress(tenant);
    move(queue, tenantQueue, tenantQueue.init(queue));
  }
  for (const worker of workers) {
    tell(workerAddress(worker), { kind: "placed", incarnation: epoch });
  }
  tell(toAccountant, { kind: "placed", pool: housePool, poolEpoch: epoch });
  tell(toRouter, {
    kind: "placed",
    pool: housePool,
    poolEpoch: epoch,
    kvBlockTokens: plan.engine.kvBlockTokens,
    workers: workers.map((worker) => ({ worker, incarnation: epoch, zone, host })),
    tenants: policies.map(({ tenant }) => tenant),
    policy: plan.policy,
    ...(plan.preemption === undefined ? {} : { preemption: plan.preemption }),
  });
  tellPolicy(plan, pool, lengthOf);
  for (const policy of policies) {
    tell(tenantQueueAddress(policy.tenant), {
      kind: "placed",
      shard: houseShard,
      shardEpoch: epoch,
      policy,
      edges: [houseEdge],
      workers,
      pools: [housePool],
    });
  }
}

/** A worker and its engine. */
function moveWorker({ engine, hostMs }: HousePlan, id: WorkerId, move: Furnishing["move"]): void {
  const worker = createWorker({ pool: housePool, host, zone }, meterAddress("house"), onlyQuad);
  move(workerAddress(id), worker, worker.init(workerAddress(id)));
  const actor = createSimulatedEngine(engine);
  const replica = actor.init(engineAddress(id));
  const profile = { ...replica.profile, hostMs: hostMs ?? replica.profile.hostMs };
  move(engineAddress(id), actor, { ...replica, profile });
}

/** What the benchmark alone can tell a policy: figures that a fleet does not set, and true lengths. */
function tellPolicy(
  { policy, requestsPerMinute, rules, quantum }: HousePlan,
  pool: Router,
  lengthOf: (requestId: RequestId) => number,
): void {
  if (pool.owned === undefined) throw new Error("the router was placed");
  const outputTokensOf = ({ requestId }: Offer): number => lengthOf(requestId);
  const rounds = quantum === undefined ? {} : { quantum };
  const figures = { requestsPerMinute, outputTokensOf, ...rounds };
  pool.owned = {
    ...pool.owned,
    policy: policyNamed(policy, figures),
    rules: rules ?? pool.owned.rules,
  };
}

const tenantPolicy = (
  { policy, requestsPerMinute }: HousePlan,
  { weight, band = 0, ...terms }: HouseTenant,
  client: number,
): TenantPolicy => ({
  tenant: tenantOf(client),
  tier: "bench",
  weight,
  band,
  ...terms,
  limits: {
    queueLengthMax: neverBinds,
    concurrencyMax: neverBinds,
    contextTokensMax: neverBinds,
    requestsPerMinute: policy === "rpm" ? requestsPerMinute : neverBinds,
    tokensPerMinute: neverBinds * 1000,
  },
});
