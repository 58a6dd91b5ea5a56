// First come, first served, over all tenants of a band; inside a tenant its own order stands. Nothing is fair here:
// who asks more gets more. Nobody overtakes.

import { byNumber, headOpened, ReadyHeap } from "./ready-heap.ts";
import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";

export function fcfs(costAhead: OfferCost): TenantOrder {
  const ready = new ReadyHeap({ keyOf: headOpened, isBefore: byNumber });
  return {
    costAhead,
    backlogged: () => undefined,
    returned: () => undefined,
    refresh: (account) => ready.refresh(account),
    remove: (account) => ready.remove(account),
    visit: (look, see) => ready.visit(look, see),
    mayOvertake: () => false,
    isForgettable: () => true,
    virtualTime: () => 0,
    leastWaiting: () => undefined,
  };
}
