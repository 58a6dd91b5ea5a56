// The timers of one simulated process: many deadlines, one wake on the world's clock.

import type { Arm } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import type { ArmedTimer, Resident } from "#shared/actor/resident.ts";
import { TimerHeap } from "#shared/actor/timer-heap.ts";
import type { ProcessClock } from "./process-clock.ts";

export class ProcessTimers {
  readonly #clock: ProcessClock;
  readonly #wake: () => void;
  readonly #timers = new TimerHeap<ArmedTimer>();
  #wakesAtMs = Infinity;

  constructor(clock: ProcessClock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  arm(resident: Resident, { timer: name, atMs, message }: Arm): void {
    assert(!Number.isNaN(atMs), "a timer has a time");
    this.disarm(resident, name);
    if (resident.isForgotten) return;
    const timer: ArmedTimer = { atMs, name, message, resident, isArmed: true };
    resident.timers.set(name, timer);
    this.#timers.push(timer);
  }

  disarm(resident: Resident, name: string): void {
    const timer = resident.timers.get(name);
    if (timer === undefined) return;
    timer.isArmed = false;
    resident.timers.delete(name);
    this.#timers.cancel(timer);
  }

  disarmAll(resident: Resident): void {
    for (const name of resident.timers.keys()) this.disarm(resident, name);
  }

  popDue(nowMs: number): ArmedTimer | undefined {
    return this.#timers.popDue(nowMs);
  }

  /** Wake when the earliest is due. */
  setWake(): void {
    const atMs = this.#timers.earliestMs();
    if (atMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = atMs;
    this.#clock.schedule(atMs, () => {
      // An earlier wake was set since then: that one looks further.
      if (this.#wakesAtMs !== atMs) return;
      this.#wakesAtMs = Infinity;
      this.#wake();
    });
  }

  /** What was to wake it comes at the wrong time now. */
  clockStepped(): void {
    this.#wakesAtMs = Infinity;
    this.setWake();
  }

  clear(): void {
    this.#timers.clear();
  }
}
