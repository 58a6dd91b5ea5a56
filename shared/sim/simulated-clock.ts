// The one clock of a simulated world: it stands still while an event happens and jumps to the next.

import type { Happening } from "./event-queue.ts";
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
    this.scheduleHappening(atMs, { act });
  }

  scheduleHappening(atMs: number, happening: Happening): void {
    this.#events.push(Math.max(atMs, this.#nowMs), this.#ties.next32(), happening);
  }

  /** What is known before the world begins. Its tie-break is its name's own: leave one out, and no other draw shifts. */
  plan(atMs: number, name: string, act: () => void): void {
    this.#events.push(atMs, this.#random.derive(`ties/${name}`).next32(), { act });
  }

  /** Everything up to and including `untilMs`; the clock then stands there. */
  runUntil(untilMs: number): void {
    while (this.step(untilMs));
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** The next event, if it is due by then. */
  step(untilMs: number): boolean {
    const atMs = this.#events.earliestMs();
    if (atMs > untilMs) return false;
    const next = this.#events.pop();
    if (next === undefined) return false;
    this.#nowMs = atMs;
    next.act();
    return true;
  }
}
