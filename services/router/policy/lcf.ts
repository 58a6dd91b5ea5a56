// Least counter first: VTC without the lift. Idle time is credit here, without bound: who stayed away claims it all.

import { leastCounter } from "./least-counter.ts";
import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";

export const lcf = (prompt: OfferCost): TenantOrder => leastCounter(prompt, () => undefined);
