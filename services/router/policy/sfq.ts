// Start-time fair queueing: the tenant that has been charged least goes first, whatever its next request may cost;
// a prediction only says where the one after that will stand. The bound is that of wfq.ts, without its standing.

import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const sfq = (predicted: OfferCost): TenantOrder =>
  new VirtualClock((account) => account.startTag, predicted);
