// What a newer desired state means for queues and pools that this process owns.

import type { Effect } from "#shared/actor/actor.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import { toHost } from "#shared/messages/to-host.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import { shardOf } from "#shared/model/shard.ts";
import { poolKey, shardKey } from "./coordination-keys.ts";
import type { Owner } from "./owner-state.ts";
import { placeTenants } from "./placing.ts";

/** Takes it over, and stops the queues of tenants that are no more. */
export function takeFleet(owner: Owner, fleet: Fleet): Effect[] {
  owner.fleet = fleet;
  owner.tenantsByShard.clear();
  for (const tenant of fleet.tenants) {
    const shard = shardOf(tenant.policy.tenant, owner.begun?.shardCount ?? 1);
    const tenants = owner.tenantsByShard.get(shard);
    if (tenants === undefined) owner.tenantsByShard.set(shard, [tenant]);
    else tenants.push(tenant);
  }
  const { urgent, others } = ownKeysOf(owner, fleet);
  owner.ownKeys = [...urgent, ...others];
  owner.urgentKeys = new Set(urgent);
  const standing = new Set(fleet.tenants.map(({ policy }) => policy.tenant));
  const removed = [...owner.placedTenants.keys()].filter((tenant) => !standing.has(tenant));
  for (const tenant of removed) owner.placedTenants.delete(tenant);
  if (owner.begun === undefined || removed.length === 0) return [];
  const addresses = removed.map((tenant) => tenantQueueAddress(tenant));
  return [toHost(owner.begun.host, { kind: "disown", addresses })];
}

interface OwnKeys {
  /** Somebody waits for what hangs on them. */
  readonly urgent: readonly string[];
  readonly others: readonly string[];
}

function ownKeysOf({ begun, tenantsByShard }: Owner, { pools }: Fleet): OwnKeys {
  if (begun === undefined || !begun.isControl) return { urgent: [], others: [] };
  const shards = Array.from({ length: begun.shardCount }, (_, shard) => shard);
  const withTenants = shards.filter((shard) => tenantsByShard.has(shard));
  return {
    urgent: [...pools.map(({ id }) => poolKey(id)), ...withTenants.map(shardKey)],
    others: shards.filter((shard) => !tenantsByShard.has(shard)).map(shardKey),
  };
}

/** In shards that are placed already: new tenants get their queue, changed ones their policy. */
export function policyChanges(owner: Owner, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const [shard, tenants] of owner.tenantsByShard) {
    const holding = owner.holdings.get(shardKey(shard));
    if (holding?.phase !== "held" || !holding.isPlaced) continue;
    const fresh = tenants.filter(({ policy }) => !owner.placedTenants.has(policy.tenant));
    effects.push(...placeTenants(owner, fresh, { shard, epoch: holding.epoch, nowMs }));
    for (const tenant of tenants) effects.push(...policyChange(owner, tenant));
  }
  return effects;
}

function policyChange({ placedTenants }: Owner, { policy }: Tenant): Effect[] {
  if (JSON.stringify(placedTenants.get(policy.tenant)) === JSON.stringify(policy)) return [];
  placedTenants.set(policy.tenant, policy);
  return [toTenantQueue(tenantQueueAddress(policy.tenant), { kind: "policy-changed", policy })];
}
