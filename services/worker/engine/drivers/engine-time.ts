// Where a real engine's time went, as far as its driver can see: while anything runs, all of it is theirs, shared
// equally; else it is idle. Law: sequences + overhead + idle = wall × GPUs, in whole microseconds.

import type { GpuTime } from "#shared/messages/from-engine.ts";

/** One sequence's part. */
export interface TimeShare {
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
  #endedUs = 0;
  readonly #running = new Set<TimeShare>();

  constructor(gpus: number, nowMs: number) {
    this.#gpus = gpus;
    this.#upUs = Math.floor(nowMs * 1000);
    this.#accountedUs = this.#upUs;
  }

  begin(nowMs: number): TimeShare {
    this.#advance(nowMs);
    const share = { begunUs: this.#shareUs };
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
    if (this.#running.delete(share)) this.#endedUs += spentUs;
    return spentUs;
  }

  told(nowMs: number): GpuTime {
    this.#advance(nowMs);
    let sequencesUs = this.#endedUs;
    for (const share of this.#running) sequencesUs += this.#spent(share);
    return {
      kind: "gpu-time",
      upUs: this.#upUs,
      wallUs: this.#accountedUs - this.#upUs,
      gpus: this.#gpus,
      sequencesUs,
      // What rounding each share down leaves.
      overheadUs: this.#busyUs - sequencesUs,
      idleUs: this.#idleUs,
    };
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
