// In which zones each pool has workers that could take a request of a tenant that may not run everywhere: as the fleet
// describes it, and, where somebody tells, as it is registered and taking new work now.

import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId } from "#shared/model/ids.ts";

export type ServingZones = ReadonlyMap<PoolId, ReadonlySet<string>>;

export function zonesByPool(
  workers: Iterable<{ readonly pool: PoolId; readonly zone: string }>,
): ServingZones {
  const zones = new Map<PoolId, Set<string>>();
  for (const { pool, zone } of workers) {
    const standing = zones.get(pool);
    if (standing === undefined) zones.set(pool, new Set([zone]));
    else standing.add(zone);
  }
  return zones;
}

export const describedZones = ({ workers }: Pick<Fleet, "workers">): ServingZones =>
  zonesByPool(workers);

/** Whether one of the zones has a worker of the pool. No residency: any pool will do. */
export const servesWithin = (
  zones: ServingZones,
  pool: PoolId,
  residency: readonly string[] | undefined,
): boolean =>
  residency === undefined || residency.some((zone) => zones.get(pool)?.has(zone) === true);

/** Whether any of its workers takes new work. */
export const takesWork = (zones: ServingZones, pool: PoolId): boolean =>
  (zones.get(pool)?.size ?? 0) > 0;
