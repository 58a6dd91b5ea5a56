// The clock of one simulated process: the world's, through an offset of its own that may step. It never goes back for
// the process: one whose clock stands still is not running meanwhile.

import type { SimulatedClock } from "./simulated-clock.ts";

export class ProcessClock {
  readonly #world: SimulatedClock;
  /** This clock minus the world's. */
  #offsetMs: number;

  constructor(world: SimulatedClock, offsetMs: number) {
    this.#world = world;
    this.#offsetMs = offsetMs;
  }

  nowMs(): number {
    return this.#world.nowMs + this.#offsetMs;
  }

  step(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** When this clock shows `atMs`, as long as it does not step. */
  schedule(atMs: number, act: () => void): void {
    this.#world.schedule(this.#worldMs(atMs), act);
  }

  /** Never early: offsets are fractions, and a difference may round to a hair before the deadline. */
  #worldMs(atMs: number): number {
    let worldMs = atMs - this.#offsetMs;
    const hair = (Math.abs(atMs) + Math.abs(this.#offsetMs)) * Number.EPSILON;
    while (worldMs + this.#offsetMs < atMs) worldMs += hair;
    return worldMs;
  }
}
