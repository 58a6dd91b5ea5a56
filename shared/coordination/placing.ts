// From a held key to actors that serve: the host hears their addresses, then they are told what they own, with
// the claim's epoch. Never before the lists of edges and workers are as new as the claim: a queue or router
// that collected from an older list would overlook what is in flight.

import type { Address, Effect } from "#shared/actor/actor.ts";
import {
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import { toHost } from "#shared/messages/to-host.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import type { PlacedEdge, PoolWorker } from "#shared/messages/pool-members.ts";
import type { RouterPlaced } from "#shared/messages/to-router.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { Fleet, Pool, Tenant } from "#shared/model/fleet.ts";
import type { PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";
import { shardOf } from "#shared/model/shard.ts";
import type { KeyMeaning } from "./coordination-keys.ts";
import { drainPrefix } from "./drain-flags.ts";
import { tellDrainAtPlacing } from "./drain-telling.ts";
import { edgePrefix, meaningOf, poolKey, shardKey, workerPrefix } from "./coordination-keys.ts";
import { askPatienceMs } from "./lease-validity.ts";
import type { Holding, Owner } from "./owner-state.ts";

/** Tells the actors of every key that is held and not yet placed, or asks for newer lists first. */
export function placePending(owner: Owner, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const [key, { phase, isPlaced }] of owner.holdings) {
    if (phase === "held" && !isPlaced) effects.push(...placeKey(owner, key, nowMs));
  }
  return effects;
}

/** For one key that has just been claimed. */
export function placeKey(owner: Owner, key: string, nowMs: number): Effect[] {
  const holding = owner.holdings.get(key);
  if (holding === undefined) return [];
  if (canPlace(owner, key, holding)) return place(owner, key, holding, nowMs);
  // The wishes are listed with everything else every five seconds.
  return meaningOf(key)?.kind === "worker" ? [] : relist(owner, nowMs);
}

const listsForPlacing = [edgePrefix, workerPrefix];

function canPlace(owner: Owner, key: string, { epoch }: Holding): boolean {
  const kind = meaningOf(key)?.kind;
  // A worker of a drained zone never serves in between.
  if (kind === "worker") return owner.lists.has(drainPrefix);
  if (kind !== "shard" && kind !== "pool") return true;
  return (
    owner.fleet !== undefined &&
    listsForPlacing.every((prefix) => (owner.lists.get(prefix)?.revision ?? -1) >= epoch)
  );
}

function relist(owner: Owner, nowMs: number): Effect[] {
  const { begun } = owner;
  const isAsked = owner.relisting.size > 0 && nowMs - owner.relistAskedAtMs < askPatienceMs;
  if (begun === undefined || isAsked) return [];
  owner.relistAskedAtMs = nowMs;
  for (const prefix of listsForPlacing) owner.relisting.add(prefix);
  return listsForPlacing.map((prefix) =>
    toCoordination(begun.coordination, { kind: "watch", prefix }),
  );
}

function place(owner: Owner, key: string, holding: Holding, nowMs: number): Effect[] {
  holding.isPlaced = true;
  const meaning = meaningOf(key);
  if (meaning === undefined) return [];
  switch (meaning.kind) {
    case "process":
    case "edge":
      return [];
    case "worker":
      return [
        toWorker(workerAddress(meaning.id as WorkerId), {
          kind: "placed",
          incarnation: holding.epoch,
        }),
        ...tellDrainAtPlacing(owner, meaning.id as WorkerId),
      ];
    case "shard":
      return placeTenants(owner, owner.tenantsByShard.get(meaning.shard) ?? [], {
        shard: meaning.shard,
        epoch: holding.epoch,
        nowMs,
      });
    case "pool":
      return placePool(owner, meaning.pool, holding.epoch);
    default:
      return meaning satisfies never;
  }
}

interface ShardClaim {
  readonly shard: number;
  readonly epoch: number;
  readonly nowMs: number;
}

/** Also for tenants that the registry added to a shard already owned. */
export function placeTenants(
  owner: Owner,
  tenants: readonly Tenant[],
  claim: ShardClaim,
): Effect[] {
  const { begun } = owner;
  if (begun === undefined || tenants.length === 0) return [];
  const addresses = tenants.map(({ policy }) => tenantQueueAddress(policy.tenant));
  const effects: Effect[] = [toHost(begun.host, { kind: "own", addresses })];
  for (const tenant of tenants) effects.push(placeTenant(owner, tenant, claim));
  return effects;
}

function placeTenant(owner: Owner, { policy }: Tenant, claim: ShardClaim): Effect {
  const { shard, epoch, nowMs } = claim;
  owner.placedTenants.set(policy.tenant, policy);
  const edgesGone = [...owner.edgesGoneMs].map(([edge, sinceMs]) => ({
    edge,
    goneForMs: nowMs - sinceMs,
  }));
  return toTenantQueue(tenantQueueAddress(policy.tenant), {
    kind: "placed",
    shard,
    shardEpoch: epoch,
    policy,
    edges: owner.edges.map(({ edge }) => edge),
    ...(edgesGone.length === 0 ? {} : { edgesGone }),
    workers: owner.workers.map(({ worker }) => worker),
    pools: (owner.fleet?.pools ?? []).map(({ id }) => id),
  });
}

function placePool(owner: Owner, pool: PoolId, poolEpoch: number): Effect[] {
  const { begun, fleet } = owner;
  if (begun === undefined || fleet === undefined) return [];
  const addresses = [routerAddress(pool), kvAccountantAddress(pool)];
  return [
    toHost(begun.host, { kind: "own", addresses }),
    placeAccountant(pool, poolEpoch),
    placeRouter(owner, pool, { fleet, poolEpoch }),
  ];
}

const placeAccountant = (pool: PoolId, poolEpoch: number): Effect =>
  toKvAccountant(kvAccountantAddress(pool), { kind: "placed", pool, poolEpoch });

/** Used for a pool whose workers the registry does not describe. */
const kvBlockTokensDefault = 16;

function placeRouter(
  owner: Owner,
  pool: PoolId,
  { fleet, poolEpoch }: { readonly fleet: Fleet; readonly poolEpoch: number },
): Effect {
  const members = membersOf(owner, pool, fleet);
  owner.placedPools.set(pool, JSON.stringify(members));
  const spec = fleet.workers.find((worker) => worker.pool === pool);
  return toRouter(routerAddress(pool), {
    kind: "placed",
    pool,
    poolEpoch,
    kvBlockTokens: spec?.engine.kvBlockTokens ?? kvBlockTokensDefault,
    ...servedBy(fleet.pools.find(({ id }) => id === pool)),
    ...members,
  });
}

function servedBy(pool: Pool | undefined): Pick<RouterPlaced, "policy" | "cost"> {
  const { policy, cost } = pool ?? {};
  const own = Object.entries(cost ?? {}).filter(([, weight]) => weight !== undefined);
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(own.length === 0 ? {} : { cost: { ...costWeightsDefault, ...Object.fromEntries(own) } }),
  };
}

interface Members {
  readonly workers: readonly PoolWorker[];
  readonly tenants: readonly TenantId[];
  readonly edges: readonly PlacedEdge[];
}

const membersOf = ({ workers, edges }: Owner, pool: PoolId, fleet: Fleet): Members => ({
  workers: workers
    .filter((worker) => worker.pool === pool)
    .map(({ worker, incarnation, zone, host }) => ({ worker, incarnation, zone, host })),
  tenants: fleet.tenants.map(({ policy }) => policy.tenant),
  edges,
});

/** Routers whose workers or tenants are not those they were last told. */
export function tellMembers(owner: Owner): Effect[] {
  const { fleet } = owner;
  if (fleet === undefined) return [];
  const effects: Effect[] = [];
  for (const [pool, told] of owner.placedPools) {
    const members = membersOf(owner, pool, fleet);
    const text = JSON.stringify(members);
    if (text === told) continue;
    owner.placedPools.set(pool, text);
    effects.push(toRouter(routerAddress(pool), { kind: "members-changed", ...members }));
  }
  return effects;
}

/** The host forgot what an actor was told: tell it again, with the standing epoch. */
export function placeAgain(owner: Owner, address: Address, nowMs: number): Effect[] {
  const [kind = "", name = ""] = address.split("/");
  if (kind === "tenant-queue") return placeTenantAgain(owner, name as TenantId, nowMs);
  const pool = name as PoolId;
  const holding = placedHolding(owner, poolKey(pool));
  if (holding === undefined || owner.fleet === undefined) return [];
  const claim = { fleet: owner.fleet, poolEpoch: holding.epoch };
  if (kind === "kv-accountant") return [placeAccountant(pool, holding.epoch)];
  return kind === "router" ? [placeRouter(owner, pool, claim)] : [];
}

function placeTenantAgain(owner: Owner, name: TenantId, nowMs: number): Effect[] {
  const shard = shardOf(name, owner.begun?.shardCount ?? 1);
  const holding = placedHolding(owner, shardKey(shard));
  const tenant = owner.tenantsByShard.get(shard)?.find(({ policy }) => policy.tenant === name);
  if (holding === undefined || tenant === undefined) return [];
  return [placeTenant(owner, tenant, { shard, epoch: holding.epoch, nowMs })];
}

/** The shard or pool whose claim an actor lives by. */
export function ownKeyOf({ begun }: Owner, address: Address): string | undefined {
  const [kind = "", name = ""] = address.split("/");
  if (kind === "tenant-queue") return shardKey(shardOf(name as TenantId, begun?.shardCount ?? 1));
  return kind === "router" || kind === "kv-accountant" ? poolKey(name as PoolId) : undefined;
}

function placedHolding(owner: Owner, key: string): Holding | undefined {
  const holding = owner.holdings.get(key);
  return holding?.phase === "held" && holding.isPlaced ? holding : undefined;
}

/** The key is no longer ours: its actors are forgotten, its worker's life is over. */
export function displace(owner: Owner, key: string): Effect[] {
  const meaning = meaningOf(key);
  const { begun } = owner;
  if (begun === undefined || meaning === undefined) return [];
  if (meaning.kind === "worker") {
    return [toWorker(workerAddress(meaning.id as WorkerId), { kind: "registration-lost" })];
  }
  const addresses = addressesOf(owner, meaning);
  return addresses.length === 0 ? [] : [toHost(begun.host, { kind: "disown", addresses })];
}

/** The owned addresses that hang on a key, forgotten as placed. */
function addressesOf(owner: Owner, meaning: KeyMeaning): Address[] {
  if (meaning.kind === "pool") {
    const { pool } = meaning;
    return owner.placedPools.delete(pool) ? [routerAddress(pool), kvAccountantAddress(pool)] : [];
  }
  if (meaning.kind !== "shard") return [];
  const tenants = owner.tenantsByShard.get(meaning.shard) ?? [];
  return tenants
    .filter(({ policy }) => owner.placedTenants.delete(policy.tenant))
    .map(({ policy }) => tenantQueueAddress(policy.tenant));
}
