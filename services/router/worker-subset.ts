// Which workers a narrowed tenant keeps: the first so many in an order of its own (rendezvous hashing: Thaler and
// Ravishankar 1998). A worker that comes or goes moves at most one of them, and two tenants rarely share all.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { TenantId, WorkerId } from "#shared/model/ids.ts";

/** At least one, at most all. */
export function workerSubset(
  tenant: TenantId,
  workers: readonly WorkerId[],
  size: number,
): ReadonlySet<WorkerId> {
  const basis = fmix32(fnv1a32(tenant));
  const ordered = workers
    .map((worker) => ({ worker, score: fmix32(fnv1a32(worker, basis)) }))
    .toSorted((a, b) => a.score - b.score || (a.worker < b.worker ? -1 : 1));
  const kept = Math.max(1, Math.min(size, workers.length));
  return new Set(ordered.slice(0, kept).map(({ worker }) => worker));
}
