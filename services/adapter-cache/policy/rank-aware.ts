// Who costs least to have back leaves: uses to come, as those of late foretell them, times what a reload takes, which grows
// with the rank and with the tier that the bytes are in (after GreedyDual-Size-Frequency, Cherkasova 1998, the uses decaying
// instead of an inflating clock).

import type { Eviction } from "./eviction.ts";
import { usesAt } from "./eviction.ts";

export const rankAware: Eviction = {
  worth: (use, nowMs) => usesAt(use, nowMs) * use.reloadUs,
};
