// The one clock of a simulated world: it stands still while an event happens and jumps to the next.

import { EventQueue } from "./event-queue.ts";
import type { SeededRandom } from "./seeded-random.ts";

export class SimulatedClock {
  readonly #events = new EventQueue();
  readonly #random: SeededRandom;
  readonly #ties: SeededRandom;
  #nowMs = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#ties = random.derive("ties");
  }

  /** World time. Processes see it through an offset of their own. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Something of the past happens now. */
  schedule(atMs: number, act: () => void): void {
    this.#events.push(Math.max(atMs, this.#nowMs), this.#ties.next32(), act);
  }

  /** What is known before the world begins. Its tie-break is its name's own: leave one out, and no other draw shifts. */
  plan(atMs: number, name: string, act: () => void): void {
    this.#events.push(atMs, this.#random.derive(`ties/${name}`).next32(), act);
  }

  /** Everything up to and including `untilMs`; the clock then stands there. */
  runUntil(untilMs: number): void {
    while (this.step(untilMs));
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** The next event, if it is due by then. */
  step(untilMs: number): boolean {
    const next = this.#events.peek();
    if (next === undefined || next.atMs > untilMs) return false;
    this.#events.pop();
    this.#nowMs = next.atMs;
    next.act();
    return true;
  }
}
