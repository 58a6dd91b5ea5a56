// A store's clock that moves only when told: for tests.

import { TimerHeap } from "#shared/actor/timer-heap.ts";
import type { StoreClock } from "./store-clock.ts";

interface DueWork {
  readonly atMs: number;
  readonly work: () => void;
}

export class VirtualClock implements StoreClock {
  readonly #due = new TimerHeap<DueWork>();
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  later(delayMs: number, work: () => void): () => void {
    const due: DueWork = { atMs: this.#nowMs + delayMs, work };
    this.#due.push(due);
    return () => {
      this.#due.cancel(due);
    };
  }

  /** Do everything due until then, in order, each at its own time. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#due.earliestMs() <= untilMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#due.earliestMs());
      this.#due.popDue(this.#nowMs)?.work();
    }
    this.#nowMs = untilMs;
  }
}
