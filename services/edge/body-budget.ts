// How many bytes of unfinished bodies are held, in all and per tenant: what callers may cost before anything
// of theirs is admitted. Bytes count when they arrive, not when they are announced.

import { assert } from "#shared/actor/assert.ts";
import type { TenantId } from "#shared/model/ids.ts";

export class BodyBudget {
  readonly #bytesMax: number;
  readonly #bytesPerTenantMax: number;
  readonly #byTenant = new Map<TenantId, number>();
  #bytes = 0;

  constructor(bytesMax: number, bytesPerTenantMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytesPerTenantMax = bytesPerTenantMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there was room; if not, nothing was taken. */
  take(tenant: TenantId, bytes: number): boolean {
    const ofTenant = (this.#byTenant.get(tenant) ?? 0) + bytes;
    if (this.#bytes + bytes > this.#bytesMax || ofTenant > this.#bytesPerTenantMax) return false;
    this.#bytes += bytes;
    this.#byTenant.set(tenant, ofTenant);
    return true;
  }

  give(tenant: TenantId, bytes: number): void {
    const left = (this.#byTenant.get(tenant) ?? 0) - bytes;
    assert(left >= 0, "no body gives back more than it took");
    this.#bytes -= bytes;
    if (left === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, left);
  }
}
