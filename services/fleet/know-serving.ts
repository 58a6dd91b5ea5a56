// Tells an edge where workers take new work: those that are registered and that nobody cordoned. Who may not run everywhere is
// refused where none of them is, and a tenant is served by its reserved pool only while one of them is there.

import { workerPrefix } from "#shared/coordination/coordination-keys.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import type { DrainFlags } from "#shared/coordination/drain-flags.ts";
import { drainFlags, drainPrefix, flagOf } from "#shared/coordination/drain-flags.ts";
import type { RegisteredWorker } from "#shared/coordination/registrations.ts";
import { registeredWorkers } from "#shared/coordination/registrations.ts";
import type { Edge } from "#services/edge/edge.ts";
import { zonesByPool } from "#services/edge/serving-zones.ts";
import type { Closers } from "./closers.ts";

export function knowServing(
  coordination: Pick<Coordination, "watch">,
  edge: Pick<Edge, "setServing">,
  closers: Closers,
): void {
  let workers: readonly RegisteredWorker[] | undefined;
  let flags: DrainFlags | undefined;
  const tell = (): void => {
    if (workers === undefined || flags === undefined) return;
    const wished = flags;
    edge.setServing(zonesByPool(workers.filter((one) => flagOf(wished, one) === undefined)));
  };
  closers.add(
    coordination.watch(workerPrefix, ({ entries }) => {
      workers = registeredWorkers(entries);
      tell();
    }),
  );
  closers.add(
    coordination.watch(drainPrefix, ({ entries }) => {
      flags = drainFlags(entries);
      tell();
    }),
  );
}
