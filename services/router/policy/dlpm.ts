// Deficit longest prefix match (Cao et al. 2025): within a round of its quantum Q a tenant's request may go before
// any other for the prefix that it finds; when nobody's deficit is left, the next round begins for everyone. The prompt
// is charged at admission, less what turns out to be cached; output as it comes. Bound: 2·(U + Q), U as in vtc.ts.

import type { OfferCost } from "./order-costs.ts";
import { QuantumRounds } from "./quantum-rounds.ts";
import { headEntry } from "./ready-heap.ts";
import type { TenantOrder } from "./tenant-order.ts";

export function dlpm(prompt: OfferCost, quantum: number): TenantOrder {
  const rounds = new QuantumRounds(quantum, (a, b) => headEntry(a) < headEntry(b));
  return {
    costAhead: prompt,
    backlogged: (account) => rounds.join(account),
    returned: () => undefined,
    refresh: (account) => rounds.refresh(account),
    remove: (account) => rounds.remove(account),
    visit: (look, see) => rounds.visit(look, see),
    mayOvertake: (later) => rounds.isOfRound(later),
    isForgettable: (account) => account.clock < rounds.virtualTime(),
    virtualTime: () => rounds.virtualTime(),
    leastWaiting: () => rounds.leastWaiting(),
  };
}
