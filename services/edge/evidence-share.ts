// Whose requests may count for a rollout that several tenants share: no tenant makes up more than half of what one arm counts at this
// edge while others ask, too, so that none decides alone what all get. It is decided at the admission, before anything is known of the end.

import type { TenantId } from "#shared/model/ids.ts";

/** What was counted in this window and the one before it is looked at. */
const windowMs = 10_000;
/** So many of each tenant count whatever others ask: a quiet arm goes on, too. */
const countedAlways = 16;

class Counted {
  readonly #byTenant = new Map<TenantId, number>();
  total = 0;

  of(tenant: TenantId): number {
    return this.#byTenant.get(tenant) ?? 0;
  }

  add(tenant: TenantId): void {
    this.#byTenant.set(tenant, this.of(tenant) + 1);
    this.total++;
  }
}

export class EvidenceShare {
  #window = 0;
  #now = new Counted();
  #before = new Counted();

  /** True: it is counted. */
  take(tenant: TenantId, nowMs: number): boolean {
    this.#turn(Math.floor(nowMs / windowMs));
    const own = this.#now.of(tenant) + this.#before.of(tenant);
    const others = this.#now.total + this.#before.total - own;
    // Of two that are even either may be the next.
    if (others > 0 && own >= Math.max(countedAlways, others + 1)) return false;
    this.#now.add(tenant);
    return true;
  }

  #turn(window: number): void {
    if (window === this.#window) return;
    this.#before = window === this.#window + 1 ? this.#now : new Counted();
    this.#now = new Counted();
    this.#window = window;
  }
}
