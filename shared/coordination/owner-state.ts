// What a process's owner knows: its lease, the keys it holds or asked for, and the lists it watches.

import type { Address } from "#shared/actor/actor.ts";
import { coordinationAddress, hostAddress } from "#shared/messages/addresses.ts";
import type { Begin } from "#shared/messages/to-owner.ts";
import type { PlacedEdge } from "#shared/messages/pool-members.ts";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { EdgeId, PoolId, TenantId } from "#shared/model/ids.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import type { KeyList } from "./coordination.ts";
import type { DrainFlag, DrainFlags } from "./drain-flags.ts";
import { noDrainFlags } from "./drain-flags.ts";
import type { RegisteredWorker } from "./registrations.ts";

export interface Owner {
  readonly self: Address;
  /** Absent before `begin`. */
  begun: Begun | undefined;
  fleet: Fleet | undefined;
  readonly tenantsByShard: Map<number, Tenant[]>;
  /** Shards and pools: everything that some control process has to own, the urgent first. Empty in every other process. */
  ownKeys: readonly string[];
  /** Of these, those with tenants or a pool behind them. */
  urgentKeys: ReadonlySet<string>;
  /** `acquiring`: a lease is asked for. `handing-over`: it is being revoked. `gone`: for good. */
  phase: "idle" | "acquiring" | "holding" | "handing-over" | "gone";
  lease: HeldLease | undefined;
  /** The open question for a lease; an answer to an earlier one is an orphan. */
  leaseAskedAtMs: number;
  /** Leases given up whose end the store has not confirmed: until when to repeat, and when last asked. */
  readonly revoking: Map<string, Revocation>;
  /** By key: at most one per registration, shard and pool. */
  readonly holdings: Map<string, Holding>;
  /** By key, the epoch that this process gave back or lost: an answer that still speaks of it comes too late. */
  readonly pastEpochs: Map<string, number>;
  /** By watched prefix, as last told. */
  readonly lists: Map<string, KeyList>;
  workers: readonly RegisteredWorker[];
  edges: readonly PlacedEdge[];
  /** Edges that were registered a minute ago or later and are not: since when. */
  readonly edgesGoneMs: Map<EdgeId, number>;
  /** Keys of shards and pools that somebody holds. */
  taken: ReadonlySet<string>;
  /** Live control processes, this one included once it is registered, and since when they are seen. */
  readonly controls: Map<string, number>;
  /** Where each of them stands. */
  readonly controlZones: Map<string, string>;
  /** What the operator wishes of workers and zones. */
  drainFlags: DrainFlags;
  /** Of these, what this process's workers were told; one that is not here was told nothing. */
  readonly toldDrains: Map<string, DrainFlag>;
  /** Wanted keys that nobody holds though another process should: since when. */
  readonly freeSinceMs: Map<string, number>;
  /** Wanted keys whose actors were given up here: until when others may take them first. */
  readonly restingUntilMs: Map<string, number>;
  /** Queues of this process, with the policy they were last told. */
  readonly placedTenants: Map<TenantId, TenantPolicy>;
  /** Routers of this process, with the members they were last told. */
  readonly placedPools: Map<PoolId, string>;
  /** Prefixes asked to be listed again, and when. */
  readonly relisting: Set<string>;
  relistAskedAtMs: number;
  tickedAtMs: number;
  /** When every list was last asked for: a lost list is repaired so. */
  listedAtMs: number;
}

export interface Begun extends Begin {
  readonly coordination: Address;
  readonly host: Address;
}

export interface HeldLease {
  readonly id: string;
  readonly ttlMs: number;
  readonly grantedAtMs: number;
  validUntilMs: number;
  /** Its validity is over, and has been said to be. */
  isDistrusted: boolean;
}

export interface Revocation {
  askedAtMs: number;
  /** By then the lease has run out by itself, if the store has a majority. */
  readonly untilMs: number;
}

export interface Holding {
  /** `refused`: somebody else holds it. `releasing`: on its way back. */
  phase: "asked" | "held" | "releasing" | "refused";
  askedAtMs: number;
  /** While held. */
  epoch: number;
  /** Written under the key. */
  readonly value: string;
  /** Taken because the process that should own it did not come. */
  readonly isStandIn: boolean;
  /** Its actors have been told. */
  isPlaced: boolean;
}

export const startOwner = (self: Address): Owner => ({
  self,
  begun: undefined,
  fleet: undefined,
  tenantsByShard: new Map(),
  ownKeys: [],
  urgentKeys: new Set(),
  phase: "idle",
  lease: undefined,
  leaseAskedAtMs: -Infinity,
  revoking: new Map(),
  holdings: new Map(),
  pastEpochs: new Map(),
  lists: new Map(),
  workers: [],
  edges: [],
  edgesGoneMs: new Map(),
  taken: new Set(),
  controls: new Map(),
  controlZones: new Map(),
  drainFlags: noDrainFlags,
  toldDrains: new Map(),
  freeSinceMs: new Map(),
  restingUntilMs: new Map(),
  placedTenants: new Map(),
  placedPools: new Map(),
  relisting: new Set(),
  relistAskedAtMs: -Infinity,
  tickedAtMs: -Infinity,
  listedAtMs: -Infinity,
});

export const begunFrom = (begin: Begin): Begun => ({
  ...begin,
  coordination: coordinationAddress(begin.process),
  host: hostAddress(begin.process),
});
