// What one policy decides about the tenants of one band; all else (queues, charges, bands) is the same for all and
// stands in policy.ts. Law: `refresh` follows every change of an account, `visit` changes nothing that can be seen.

import type { Offer } from "#shared/messages/to-router.ts";
import type { Charge, TenantAccount } from "#services/router/tenant-account.ts";

/** Answers whether the next head shall be seen too. */
export type SeeHead = (account: TenantAccount) => boolean;

export interface Look {
  /** At most so many heads. */
  readonly limit: number;
  readonly nowMs: number;
}

export interface TenantOrder {
  /** µcost charged when an offer gets its place; what runs beyond it is charged as it runs. */
  costAhead(offer: Offer): number;
  /** It has something waiting again, which is not in `waiting` yet. Here idle time loses its credit. */
  backlogged(account: TenantAccount): void;
  /** As `backlogged`, but by an offer that had been taken at `startTag`: it stands where it stood. */
  returned(account: TenantAccount, startTag: number): void;
  /** Its first offer, its clock or its weight may have changed, or nothing waits any more. */
  refresh(account: TenantAccount): void;
  /** It goes to another band. */
  remove(account: TenantAccount): void;
  taken?(account: TenantAccount, charge: Charge): void;
  settled?(account: TenantAccount, charge: Charge): void;
  /** Tenants by the turn of their first offer. False: there was none to see. */
  visit(look: Look, see: SeeHead): boolean;
  /** Whether `later` may go before `first`, seen earlier, for its locality or because `first` fits nowhere. `theta`: µcost per weight. */
  mayOvertake(later: TenantAccount, first: TenantAccount, theta: number): boolean;
  /** Whether its account, with nothing waiting and no place, says no more than its absence would. */
  isForgettable(account: TenantAccount): boolean;
  /** Never falls: a tenant without a history starts there. */
  virtualTime(): number;
  /** The least tag among those that wait; absent: nobody waits, or service is not what this policy orders by. */
  leastWaiting(): number | undefined;
}
