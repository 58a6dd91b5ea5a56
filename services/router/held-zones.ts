// Zones whose free capacity is held, for one decision, for an offer that may run nowhere else and met no room there: those
// behind it in the order may go elsewhere, not there. Else a tenant that must stay in a busy zone would starve beside tenants
// that may go anywhere.

import type { TenantId } from "#shared/model/ids.ts";

export class HeldZones {
  readonly #holders: Map<string, TenantId> = new Map();

  get isEmpty(): boolean {
    return this.#holders.size === 0;
  }

  /** The first that asks has it. */
  hold(zones: readonly string[], tenant: TenantId): void {
    for (const zone of zones) if (!this.#holders.has(zone)) this.#holders.set(zone, tenant);
  }

  /** Whether others than this tenant keep out. */
  isHeldFrom(tenant: TenantId, zone: string): boolean {
    const holder = this.#holders.get(zone);
    return holder !== undefined && holder !== tenant;
  }

  clear(): void {
    this.#holders.clear();
  }
}
