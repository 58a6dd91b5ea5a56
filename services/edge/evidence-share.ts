// Whose requests may count for a rollout that several tenants share: no tenant makes up more than half of what one arm counts at this
// edge while others ask, too, so that none decides alone what all get. It is decided at the admission, before anything is known of the end.

import type { TenantId } from "#shared/model/ids.ts";

/** What was counted in this window and the one before it is looked at. */
const windowMs = 10_000;
/** So many of each tenant count whatever others ask: a quiet arm goes on, too. */
const countedAlways = 16;

type Counted = Map<TenantId, number>;

export class EvidenceShare {
  #window = 0;
  #now: Counted = new Map();
  #before: Counted = new Map();

  /** True: it is counted. */
  take(tenant: TenantId, nowMs: number): boolean {
    this.#turn(Math.floor(nowMs / windowMs));
    const own = this.#of(tenant);
    const others = sum(this.#now) + sum(this.#before) - own;
    // Of two that are even either may be the next.
    if (others > 0 && own >= Math.max(countedAlways, others + 1)) return false;
    this.#now.set(tenant, (this.#now.get(tenant) ?? 0) + 1);
    return true;
  }

  #of(tenant: TenantId): number {
    return (this.#now.get(tenant) ?? 0) + (this.#before.get(tenant) ?? 0);
  }

  #turn(window: number): void {
    if (window === this.#window) return;
    this.#before = window === this.#window + 1 ? this.#now : new Map();
    this.#now = new Map();
    this.#window = window;
  }
}

const sum = (counted: Counted): number =>
  [...counted.values()].reduce((total, count) => total + count, 0);
