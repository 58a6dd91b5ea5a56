// Weighted fair queueing by virtual finish time: the tenant whose first offer would be finished first, by its
// predicted cost, goes first; short work goes before long work of tenants that stand equal. Backlogged tenants of
// one band stay within θ + standing + 2·(D + 1)·max(cost/φ) of each other, D sequences in service.

import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";
import { standingMax, VirtualClock } from "./virtual-clock.ts";

export const wfq = (predicted: OfferCost): TenantOrder =>
  new VirtualClock((account) => account.finishTag, predicted, standingMax);
