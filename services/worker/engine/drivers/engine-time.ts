// Where a real engine's time went, as far as its driver can see: while anything runs, all of it is theirs, shared
// equally; else it is idle. Laws: sequences + overhead + idle = wall × GPUs, in whole microseconds, and tenants and kinds of work
// add up to sequences. Which kind: prefill until a sequence's first token and decode from there on; what was computed before for
// the same request, and lost, is recomputation. Attention and adapters are in these, and loads in idle or in these: their times are not told.

import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { TenantGpuTime } from "#shared/messages/gpu-reading.ts";
import type { RequestWork } from "#shared/model/gpu-lines.ts";
import { noRequestWork } from "#shared/model/gpu-lines.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { TenantAccounts } from "#services/worker/engine/tenant-accounts.ts";

type Work = { -readonly [Kind in keyof RequestWork]: number };

/** One sequence's part. */
export interface TimeShare {
  /** Whose account it is. */
  readonly tenant: TenantId | "";
  /** Of the running share, when it began. */
  readonly begunUs: number;
  /** It goes on from tokens that it has to compute again first. */
  readonly isResumed: boolean;
  /** Of the running share, at its first token. */
  firstTokenUs: number | undefined;
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
  readonly #work: Work = { ...noRequestWork };
  readonly #running = new Set<TimeShare>();

  constructor(gpus: number, nowMs: number) {
    this.#gpus = gpus;
    this.#upUs = Math.floor(nowMs * 1000);
    this.#accountedUs = this.#upUs;
  }

  begin(tenant: TenantId, nowMs: number, isResumed: boolean = false): TimeShare {
    this.#advance(nowMs);
    const share: TimeShare = {
      tenant: this.#ended.nameOf(tenant),
      begunUs: this.#shareUs,
      isResumed,
      firstTokenUs: undefined,
    };
    this.#running.add(share);
    return share;
  }

  /** From here on it decodes. */
  produced(share: TimeShare, nowMs: number): void {
    if (share.firstTokenUs !== undefined) return;
    this.#advance(nowMs);
    share.firstTokenUs = this.#shareUs;
  }

  /** Its GPU-microseconds so far. */
  spentUs(share: TimeShare, nowMs: number): number {
    this.#advance(nowMs);
    return this.#spent(share);
  }

  /** All that it had. Once. */
  end(share: TimeShare, nowMs: number): number {
    const spentUs = this.spentUs(share, nowMs);
    if (this.#running.delete(share)) {
      const account = this.#ended.of(share.tenant);
      account.gpuUs += spentUs;
      account.recomputeUs += this.#addKinds(this.#work, share);
    }
    return spentUs;
  }

  told(nowMs: number): GpuTime {
    this.#advance(nowMs);
    const requests = { ...this.#work };
    const tenants = this.#tenants(requests);
    const sequencesUs = tenants.reduce((sum, { gpuUs }) => sum + gpuUs, 0);
    return {
      kind: "gpu-time",
      upUs: this.#upUs,
      wallUs: this.#accountedUs - this.#upUs,
      gpus: this.#gpus,
      sequencesUs,
      requests,
      // What rounding each share down leaves.
      overheadUs: this.#busyUs - sequencesUs,
      idleUs: this.#idleUs,
      tenants,
    };
  }

  /** What runs is added to `work`. */
  #tenants(work: Work): readonly TenantGpuTime[] {
    const spent = new Map<TenantId | "", { gpuUs: number; recomputeUs: number }>();
    for (const [tenant, { gpuUs, recomputeUs }] of this.#ended.all()) {
      spent.set(tenant, { gpuUs, recomputeUs });
    }
    for (const share of this.#running) {
      const account = spent.get(share.tenant) ?? { gpuUs: 0, recomputeUs: 0 };
      account.gpuUs += this.#spent(share);
      account.recomputeUs += this.#addKinds(work, share);
      spent.set(share.tenant, account);
    }
    return [...spent].map(([tenant, account]) => ({ tenant, ...account }));
  }

  /** Answers with what of it is recomputation. */
  #addKinds(work: Work, share: TimeShare): number {
    const { begunUs, firstTokenUs = this.#shareUs, isResumed } = share;
    const firstUs = Math.floor(firstTokenUs - begunUs);
    work[isResumed ? "recomputeUs" : "prefillUs"] += firstUs;
    work.decodeUs += this.#spent(share) - firstUs;
    return isResumed ? firstUs : 0;
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
