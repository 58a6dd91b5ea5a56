// All that a host's adapter cache knows, and one arrival being handled.

import type { Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { ToAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { EvictionName } from "#shared/model/adapter-policy.ts";
import type { AdapterDigest, PoolId, WorkerId } from "#shared/model/ids.ts";
import type { HostTier } from "./host-tier.ts";
import { emptyHostTier } from "./host-tier.ts";
import type { LoadBreaker } from "./load-breaker.ts";
import type { Pins } from "./pins.ts";
import { noPins } from "./pins.ts";
import type { ReleasedPlaces } from "./released-places.ts";
import type { Residency } from "./residency.ts";

export interface CatalogEntry {
  readonly bytes: number;
  /** Its tenant's terms keep it in a slot where there is room. */
  readonly isKept: boolean;
}

export interface AdapterCache {
  readonly catalog: Map<AdapterDigest, CatalogEntry>;
  readonly hostTier: HostTier;
  /** Of the workers that say one; the others have the default. */
  readonly evictions: Map<WorkerId, EvictionName>;
  readonly workers: Map<WorkerId, Residency>;
  readonly pins: Pins;
  /** A late `pin` or `keep-pins` does not pin these again. */
  readonly released: ReleasedPlaces;
  readonly breaker: LoadBreaker;
  readonly poolEpochs: Map<PoolId, number>;
  isTimerArmed: boolean;
}

export interface Turn {
  readonly nowMs: number;
  readonly effects: Effect[];
}

export const emptyCache = (): AdapterCache => ({
  catalog: new Map(),
  hostTier: emptyHostTier(),
  evictions: new Map(),
  workers: new Map(),
  pins: noPins(),
  released: new Map(),
  breaker: new Map(),
  poolEpochs: new Map(),
  isTimerArmed: false,
});

export function drop(
  { effects }: Turn,
  what: ToAdapterCache["kind"],
  fields: Readonly<Record<string, string | number>>,
): void {
  effects.push(note("adapter-cache.dropped", { what, ...fields }));
}

/** False, and noted: a router of an earlier epoch speaks. */
export function isCurrent(
  { poolEpochs }: AdapterCache,
  { kind, pool, poolEpoch }: Extract<ToAdapterCache, { readonly poolEpoch: number }>,
  turn: Turn,
): boolean {
  if (poolEpoch < (poolEpochs.get(pool) ?? 0)) {
    drop(turn, kind, { pool, poolEpoch, why: "stale-epoch" });
    return false;
  }
  poolEpochs.set(pool, poolEpoch);
  return true;
}
