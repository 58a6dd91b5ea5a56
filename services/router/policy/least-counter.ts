// The tenant with the least counter (its clock: what it has been charged per weight) goes first, and a head that does
// not fit is not passed over. Lcf, vtc and its oracle differ in what is charged ahead and in the lift alone.

import type { TenantAccount } from "#services/router/tenant-account.ts";
import { byNumber, ReadyHeap } from "./ready-heap.ts";
import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";

/** What happens to the counter of a tenant whose queue was empty. `leastQueued`: absent when nobody else is queued. */
export type Lift = (account: TenantAccount, leastQueued: number | undefined) => void;

export function leastCounter(costAhead: OfferCost, lift: Lift): TenantOrder {
  const ready = new ReadyHeap({ keyOf: (account) => account.clock, isBefore: byNumber });
  let level = 0;
  return {
    costAhead,
    backlogged: (account) => lift(account, ready.least()?.clock),
    returned: () => undefined,
    refresh: (account) => {
      ready.refresh(account);
      level = Math.max(level, ready.least()?.clock ?? 0);
    },
    remove: (account) => ready.remove(account),
    visit: (look, see) => ready.visit(look, see),
    mayOvertake: () => false,
    isForgettable: (account) => account.clock <= level,
    virtualTime: () => level,
    leastWaiting: () => ready.least()?.clock,
  };
}
