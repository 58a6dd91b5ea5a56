// How long things were under way, from stamps of CLOCK_MONOTONIC: on Linux all processes of a machine read the same.

import { percentile } from "#loadtest/load/percentile.ts";

const kept = 1_000_000;

export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}

/** A token is a 32-bit number, and so can be a stamp: microseconds that start again after 71 minutes. */
export const stampToken = (): number => Math.floor(nowUs()) % 2 ** 32;
export const sinceStampUs = (stamp: number): number => (nowUs() - stamp + 2 ** 32) % 2 ** 32;

export class Latencies {
  readonly #tookUs = new Float64Array(kept);
  #count = 0;

  add(tookUs: number): void {
    this.#tookUs[this.#count % kept] = tookUs;
    this.#count += 1;
  }

  forget(): void {
    this.#count = 0;
  }

  report(): { readonly count: number; readonly p50Us: number; readonly p99Us: number } {
    const sorted = this.#tookUs.slice(0, Math.min(kept, this.#count)).toSorted();
    return {
      count: this.#count,
      p50Us: percentile(sorted, 0.5),
      p99Us: percentile(sorted, 0.99),
    };
  }
}
