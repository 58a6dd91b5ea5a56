// How many questions about adapters are asked of the desk at once: each is one of the database's, which has bills to keep. A
// tenant's part is a quarter, so that one that asks without end is in nobody's way but its own.

import type { TenantId } from "#shared/model/ids.ts";

const questionsMax = 32;
const questionsPerTenantMax = 8;

export class DeskAllowance {
  readonly #byTenant = new Map<TenantId, number>();
  #asked = 0;

  /** Whether there was room; then it is given back once. */
  take(tenant: TenantId): boolean {
    const own = this.#byTenant.get(tenant) ?? 0;
    if (this.#asked >= questionsMax || own >= questionsPerTenantMax) return false;
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
