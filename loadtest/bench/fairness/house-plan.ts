// What stands in a house, and the words that place it: a pool's replicas, router and accountant, and a queue per tenant
// with limits that never bind.

import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import type { Address, AnyActor } from "#shared/actor/actor.ts";
import {
  adapterCacheAddress,
  engineAddress,
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
  meterAddress,
} from "#shared/messages/addresses.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { EvictionName, PlacementName } from "#shared/model/adapter-policy.ts";
import type { AdapterDigest, RequestId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { ServiceTerms, TenantPolicy } from "#shared/model/tenant-policy.ts";
import { adapterCache } from "#services/adapter-cache/adapter-cache.actor.ts";
import { keepInHostTier } from "#services/adapter-cache/host-tier.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { AdapterHomes } from "#services/router/adapter-homes.ts";
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
  /** Absent: one host has them all. */
  readonly workersPerHost?: number;
  /** Absent: none. */
  readonly adapters?: HouseAdapters;
  /** Another host time per step than the profile's. */
  readonly hostMs?: number;
  /** What a fleet does not set. Absent: as in production. */
  readonly rules?: PickRules;
  /** Of the policies in rounds, µcost per weight. Absent: as in production. */
  readonly quantum?: number;
  /** By client. */
  readonly tenants: readonly HouseTenant[];
}

export interface HouseAdapters {
  readonly catalog: readonly HouseAdapter[];
  readonly hostBytesMax: number;
  /** All of them are in every host's RAM when the run begins, as far as they fit. */
  readonly areInHostMemory: boolean;
  /** Absent: as in production. */
  readonly eviction?: EvictionName;
  readonly placement?: PlacementName;
}

/** One LoRA set, and whose it is. */
export interface HouseAdapter {
  readonly digest: AdapterDigest;
  readonly bytes: number;
  readonly client: number;
  readonly isKept?: boolean;
}

export interface Furnishing {
  readonly move: (address: Address, actor: AnyActor, state: unknown) => void;
  /** Delivered at once, with all that follows from it. */
  readonly tell: (address: Address, message: unknown) => void;
}

const neverBinds = 1e9;
const hostOf = ({ workersPerHost = Infinity }: HousePlan, at: number): WorkerHostId =>
  `host-${Math.floor(at / workersPerHost)}` as WorkerHostId;
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
  const hosts = workers.map((_, at) => hostOf(plan, at));
  for (const [at, worker] of workers.entries()) {
    moveWorker(plan, { worker, host: hosts[at] ?? hostOf(plan, at) }, move);
  }
  moveCaches(plan, { hosts, workers }, { move, tell });
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
    tellRights(plan, worker, tell);
  }
  tell(toAccountant, { kind: "placed", pool: housePool, poolEpoch: epoch });
  tell(toRouter, {
    kind: "placed",
    pool: housePool,
    poolEpoch: epoch,
    kvBlockTokens: plan.engine.kvBlockTokens,
    workers: workers.map((worker, at) => ({
      worker,
      incarnation: epoch,
      zone,
      host: hostOf(plan, at),
    })),
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
function moveWorker(
  { engine, hostMs }: HousePlan,
  { worker: id, host }: { readonly worker: WorkerId; readonly host: WorkerHostId },
  move: Furnishing["move"],
): void {
  const worker = createWorker({ pool: housePool, host, zone }, meterAddress("house"), onlyQuad);
  move(workerAddress(id), worker, worker.init(workerAddress(id)));
  const actor = createSimulatedEngine(engine);
  const replica = actor.init(engineAddress(id));
  const profile = { ...replica.profile, hostMs: hostMs ?? replica.profile.hostMs };
  move(engineAddress(id), actor, { ...replica, profile });
}

/** Of each host, where there are adapters. */
function moveCaches(
  { adapters }: HousePlan,
  { hosts, workers }: { hosts: readonly WorkerHostId[]; workers: readonly WorkerId[] },
  { move, tell }: Furnishing,
): void {
  if (adapters === undefined) return;
  const { catalog, hostBytesMax, areInHostMemory, eviction } = adapters;
  for (const host of new Set(hosts)) {
    const address = adapterCacheAddress(host);
    const cache = adapterCache.init(address);
    move(address, adapterCache, cache);
    const slots = workers.map((worker) => ({ worker, eviction }));
    tell(address, {
      kind: "adapter-catalog",
      adapters: catalog,
      hostBytesMax,
      ...(eviction === undefined ? {} : { evictions: slots }),
    });
    if (!areInHostMemory) continue;
    // The first are the most popular: they shall stay.
    for (const { digest, bytes } of catalog.toReversed())
      keepInHostTier(cache.hostTier, digest, bytes);
  }
}

function tellRights({ adapters }: HousePlan, worker: WorkerId, tell: Furnishing["tell"]): void {
  if (adapters === undefined) return;
  const rights = adapters.catalog.map(({ digest, client }) => ({
    digest,
    tenants: [tenantOf(client)],
  }));
  tell(workerAddress(worker), { kind: "adapter-rights", rights });
}

/** What the benchmark alone can tell a policy: figures that a fleet does not set, and true lengths. */
function tellPolicy(
  { policy, requestsPerMinute, rules, quantum, adapters }: HousePlan,
  pool: Router,
  lengthOf: (requestId: RequestId) => number,
): void {
  if (pool.owned === undefined) throw new Error("the router was placed");
  const outputTokensOf = ({ requestId }: Offer): number => lengthOf(requestId);
  const rounds = quantum === undefined ? {} : { quantum };
  const figures = { requestsPerMinute, outputTokensOf, ...rounds };
  const placement = adapters?.placement;
  pool.owned = {
    ...pool.owned,
    policy: policyNamed(policy, figures),
    rules: rules ?? pool.owned.rules,
    ...(placement === undefined
      ? {}
      : { adapters: new AdapterHomes(placement, pool.owned.workers) }),
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
