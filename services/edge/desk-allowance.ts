// How many questions are asked of one desk at once: each is one of the database's, which has bills to keep. A tenant has its part
// of them, so that one that asks without end is in nobody's way but its own.

import type { TenantId } from "#shared/model/ids.ts";

export interface DeskBounds {
  readonly atOnce: number;
  readonly perTenant: number;
}

export class DeskAllowance {
  readonly #byTenant = new Map<TenantId, number>();
  readonly #bounds: DeskBounds;
  #asked = 0;

  constructor(bounds: DeskBounds) {
    this.#bounds = bounds;
  }

  /** Whether there was room; then it is given back once. */
  take(tenant: TenantId): boolean {
    const own = this.#byTenant.get(tenant) ?? 0;
    const { atOnce, perTenant } = this.#bounds;
    if (this.#asked >= atOnce || own >= perTenant) return false;
    this.#asked += 1;
    this.#byTenant.set(tenant, own + 1);
    return true;
  }

  give(tenant: TenantId): void {
    this.#asked -= 1;
    const left = (this.#byTenant.get(tenant) ?? 1) - 1;
    if (left === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, left);
  }
}
