// Where a real engine's time went, as far as its driver can see: while anything runs, all of it is theirs, shared
// equally; else it is idle. Laws: sequences + overhead + idle = wall × GPUs, in whole microseconds, and tenants add up to
// sequences.

import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { TenantGpuTime } from "#shared/messages/gpu-reading.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { TenantAccounts } from "#services/worker/engine/tenant-accounts.ts";

/** One sequence's part. */
export interface TimeShare {
  /** Whose account it is. */
  readonly tenant: TenantId | "";
  /** Of the running share, when it began. */
  readonly begunUs: number;
}

export class EngineTime {
  readonly #gpus: number;
  readonly #upUs: number;
  #accountedUs: number;
  /** What each sequence would have had that ran all the time. */
  #shareUs = 0;
  #busyUs = 0;
  #idleUs = 0;
  /** Of those that ended. */
  readonly #ended = new TenantAccounts();
  readonly #running = new Set<TimeShare>();

  constructor(gpus: number, nowMs: number) {
    this.#gpus = gpus;
    this.#upUs = Math.floor(nowMs * 1000);
    this.#accountedUs = this.#upUs;
  }

  begin(tenant: TenantId, nowMs: number): TimeShare {
    this.#advance(nowMs);
    const share = { tenant: this.#ended.nameOf(tenant), begunUs: this.#shareUs };
    this.#running.add(share);
    return share;
  }

  /** Its GPU-microseconds so far. */
  spentUs(share: TimeShare, nowMs: number): number {
    this.#advance(nowMs);
    return this.#spent(share);
  }

  /** All that it had. Once. */
  end(share: TimeShare, nowMs: number): number {
    const spentUs = this.spentUs(share, nowMs);
    if (this.#running.delete(share)) this.#ended.of(share.tenant).gpuUs += spentUs;
    return spentUs;
  }

  told(nowMs: number): GpuTime {
    this.#advance(nowMs);
    const tenants = this.#tenants();
    const sequencesUs = tenants.reduce((sum, { gpuUs }) => sum + gpuUs, 0);
    return {
      kind: "gpu-time",
      upUs: this.#upUs,
      wallUs: this.#accountedUs - this.#upUs,
      gpus: this.#gpus,
      sequencesUs,
      // What rounding each share down leaves.
      overheadUs: this.#busyUs - sequencesUs,
      idleUs: this.#idleUs,
      tenants,
    };
  }

  #tenants(): readonly TenantGpuTime[] {
    const spentUs = new Map<TenantGpuTime["tenant"], number>();
    for (const [tenant, { gpuUs }] of this.#ended.all()) spentUs.set(tenant, gpuUs);
    for (const share of this.#running) {
      const { tenant } = share;
      spentUs.set(tenant, (spentUs.get(tenant) ?? 0) + this.#spent(share));
    }
    return [...spentUs].map(([tenant, gpuUs]) => ({ tenant, gpuUs }));
  }

  #spent({ begunUs }: TimeShare): number {
    return Math.floor(this.#shareUs - begunUs);
  }

  #advance(nowMs: number): void {
    const nowUs = Math.max(this.#accountedUs, Math.floor(nowMs * 1000));
    const passedUs = (nowUs - this.#accountedUs) * this.#gpus;
    this.#accountedUs = nowUs;
    if (this.#running.size === 0) this.#idleUs += passedUs;
    else {
      this.#busyUs += passedUs;
      this.#shareUs += passedUs / this.#running.size;
    }
  }
}
