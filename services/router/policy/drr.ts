// Deficit round robin, by predicted cost: each tenant in its turn as long as its quantum of the round lasts, overdrawn
// by its last request at most, which the next rounds make good. Backlogged tenants stay within 2·(Q + D·max(cost/φ)).

import type { OfferCost } from "./order-costs.ts";
import { QuantumRounds } from "./quantum-rounds.ts";
import { byNumber } from "./ready-heap.ts";
import type { TenantOrder } from "./tenant-order.ts";

export function drr(predicted: OfferCost, quantum: number): TenantOrder {
  const rounds = new QuantumRounds(quantum, byNumber);
  return {
    costAhead: predicted,
    backlogged: (account) => rounds.join(account),
    returned: () => undefined,
    refresh: (account) => rounds.refresh(account),
    remove: (account) => rounds.remove(account),
    visit: (look, see) => rounds.visit(look, see),
    mayOvertake: () => false,
    isForgettable: (account) => account.clock < rounds.virtualTime(),
    virtualTime: () => rounds.virtualTime(),
    leastWaiting: () => rounds.leastWaiting(),
  };
}
