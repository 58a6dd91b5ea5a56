// What GPU time costs, part by part. Law: rounded, to a billionth, is the running sum and not the part, so that parts add up to the price
// of all; a part may be taken back.

import type { Money } from "./money.ts";

const usPerHour = 3_600_000_000n;

export class RunningPrice {
  readonly #perHour: Money;
  #us = 0n;
  #nanos = 0n;

  constructor(perGpuHour: Money) {
    this.#perHour = perGpuHour;
  }

  next(gpuUs: number): Money {
    const { currency, nanos } = this.#perHour;
    this.#us += BigInt(gpuUs);
    const until = (this.#us * nanos + usPerHour / 2n) / usPerHour;
    const part = until - this.#nanos;
    this.#nanos = until;
    return { currency, nanos: part };
  }
}
