// How far two tenants that wait may be apart in service, from terms that are counted here and not by the router.

import { pickRulesDefault } from "#services/router/pick-next.ts";
import { lagMax } from "#services/router/policy/virtual-clock.ts";
import { statedBound } from "#services/router/service-bound.ts";
import type { WindowPeaks } from "./pool-service.ts";

/** µcost per weight. `isTakenOver`: the router had a predecessor, whose last lead of a tenant over the others it heeds once. */
export function pairBound(peaks: WindowPeaks, isTakenOver: boolean): number {
  const { thetaLocality: theta } = pickRulesDefault;
  const bound = statedBound({ ...peaks, theta, lag: lagMax, carriedMax: 0 });
  // No lead is larger than what one tenant could be ahead of the other by before.
  return isTakenOver ? 2 * bound : bound;
}
