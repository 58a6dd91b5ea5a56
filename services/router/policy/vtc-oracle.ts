// VTC that is told how long each answer will be, and charges all of it at admission: a yardstick, since nobody knows.

import { leastCounter } from "./least-counter.ts";
import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";
import { counterLift } from "./vtc.ts";

export const vtcOracle = (whole: OfferCost): TenantOrder => leastCounter(whole, counterLift);
