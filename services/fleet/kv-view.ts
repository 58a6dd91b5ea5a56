// KV blocks as the accountants of a process have them, pool by pool, and put together over processes.

import { kvAccountantAddress } from "#shared/messages/addresses.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId } from "#shared/model/ids.ts";
import type { KvTenantStatus, KvWorkerStatus } from "#services/console/machines/kv-status.ts";
import type { KvAccountant, PoolBooks } from "#services/kv-accountant/kv-accountant.actor.ts";
import { loanOf } from "#services/kv-accountant/tenant-holdings.ts";
import type { LivingSystem, Placed } from "./process-view.ts";

/** Tenants that hold something or have a budget. A position is the pool's and the tenant's in the fleet. */
export const kvTenantsHere = (system: LivingSystem): readonly Placed<KvTenantStatus>[] => {
  const names = system.fleet().tenants.map(({ policy: { tenant } }) => tenant);
  return rowsOfPools(system, names, (pool, { poolEpoch, holdings }) =>
    [...holdings.all()]
      .filter(
        ({ heldBlocks, guaranteedBlocks, burstBlocks }) =>
          heldBlocks + guaranteedBlocks > 0 || Number.isFinite(burstBlocks),
      )
      .map((holding) => {
        const { tenant, heldBlocks, bookings: sequences, guaranteedBlocks, burstBlocks } = holding;
        const row = {
          pool,
          poolEpoch,
          tenant,
          heldBlocks,
          sequences,
          guaranteedBlocks,
          ...(Number.isFinite(burstBlocks) ? { burstBlocks } : {}),
          onLoanBlocks: loanOf(holding),
        };
        return { name: tenant, row };
      }),
  );
};

export const kvWorkersHere = (system: LivingSystem): readonly Placed<KvWorkerStatus>[] => {
  const names = system.fleet().workers.map(({ id }) => id);
  return rowsOfPools(system, names, (pool, { poolEpoch, workers }) =>
    [...workers.values()].map(({ worker, bookings, ...books }) => {
      const { incarnation, totalBlocks, bookedBlocks, freeBlocks, overcommittedBlocks } = books;
      const row = {
        pool,
        poolEpoch,
        worker,
        incarnation,
        totalBlocks,
        bookedBlocks,
        freeBlocks,
        overcommittedBlocks,
        sequences: bookings.size,
        drifts: books.drifts,
      };
      return { name: worker, row };
    }),
  );
};

interface Named<Row> {
  readonly name: string;
  readonly row: Row;
}

/** In the fleet's order, pools first; a name that the fleet no longer has is left out. */
function rowsOfPools<Row>(
  { host, fleet }: LivingSystem,
  names: readonly string[],
  rowsOf: (pool: PoolId, books: PoolBooks) => readonly Named<Row>[],
): readonly Placed<Row>[] {
  const accountants = host.statesOf("kv-accountant") as ReadonlyMap<string, KvAccountant>;
  const places = new Map(names.map((name, index) => [name, index]));
  return fleet().pools.flatMap(({ id }, index) => {
    const books = accountants.get(kvAccountantAddress(id))?.owned;
    if (books === undefined) return [];
    return rowsOf(id, books)
      .flatMap(({ name, row }) => {
        const place = places.get(name);
        return place === undefined ? [] : [{ position: index * names.length + place, row }];
      })
      .toSorted((a, b) => a.position - b.position);
  });
}

/** Of two owners' words about a pool, as during a takeover, the later one's stand. */
export function newestOfPools<Row extends { readonly pool: PoolId; readonly poolEpoch: number }>(
  { pools }: Fleet,
  here: readonly Row[],
): readonly Row[] {
  return pools.flatMap(({ id }) => {
    const ofPool = here.filter(({ pool }) => pool === id);
    const newest = Math.max(...ofPool.map(({ poolEpoch }) => poolEpoch));
    return ofPool.filter(({ poolEpoch }) => poolEpoch === newest);
  });
}
