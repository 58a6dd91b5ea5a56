// How many uploads run at once: in this process, and of one tenant, so that one tenant's never keep out another's. What has no
// slot costs nothing.

const uploadsMax = 16;
const uploadsPerTenantMax = 4;

export class UploadSlots {
  readonly #byTenant = new Map<string, number>();
  #taken = 0;

  get taken(): number {
    return this.#taken;
  }

  /** Undefined: there is none. Else how to give it back, once or more often. */
  take(tenant: string): (() => void) | undefined {
    const own = this.#byTenant.get(tenant) ?? 0;
    if (this.#taken >= uploadsMax || own >= uploadsPerTenantMax) return undefined;
    this.#taken += 1;
    this.#byTenant.set(tenant, own + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#taken -= 1;
      const left = (this.#byTenant.get(tenant) ?? 1) - 1;
      if (left === 0) this.#byTenant.delete(tenant);
      else this.#byTenant.set(tenant, left);
    };
  }
}
