// When the platform may say `ready`: every pool's router knows a worker it may grant to, and every tenant's queue
// has collected and admits.

import type { InspectableHost } from "#shared/actor/host.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { missingFor, standingHere } from "#services/fleet/process-view-whole.ts";
import { untilNothingMissing } from "#services/fleet/wait-until.ts";

/** What still has to happen; empty when ready. */
export function missingForReady(host: InspectableHost, fleet: Fleet): readonly string[] {
  const { pools, tenants } = standingHere({ host, fleet: () => fleet }, fleet);
  return missingFor(pools, tenants);
}

const readyWithinMs = 15_000;

/** Resolves when nothing is missing; rejects, naming what is, after fifteen seconds. */
export const untilReady = (
  host: InspectableHost,
  fleet: Fleet,
  missingEngines: () => readonly string[],
): Promise<void> =>
  untilNothingMissing(() => [...missingEngines(), ...missingForReady(host, fleet)], readyWithinMs);
