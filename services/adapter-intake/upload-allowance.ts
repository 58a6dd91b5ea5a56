// How often a tenant may begin an upload: each costs audit rows, a fleet version, or work for nothing, whatever becomes of it and
// however soon it is deleted again. A bucket per tenant; pure but for its state.

const uploadsAtOnce = 32;
const refillMs = 10_000;

interface Bucket {
  uploads: number;
  atMs: number;
}

export class UploadAllowance {
  readonly #byTenant = new Map<string, Bucket>();

  /** 0: it may, and it is counted. Else in how many milliseconds. */
  take(tenant: string, nowMs: number): number {
    const { uploads, atMs } = this.#byTenant.get(tenant) ?? { uploads: uploadsAtOnce, atMs: nowMs };
    const filled = Math.min(uploadsAtOnce, uploads + (nowMs - atMs) / refillMs);
    if (filled < 1) return Math.ceil((1 - filled) * refillMs);
    this.#byTenant.set(tenant, { uploads: filled - 1, atMs: nowMs });
    return 0;
  }
}
