// The few longest pauses of a stream, kept as it runs.

import type { Pause } from "./stream-record.ts";

const kept = 4;

export class LongestPauses {
  readonly #pauses: Pause[] = [];
  #lastAtMs = -1;

  /** Text arrived. */
  arrived(atMs: number): void {
    if (this.#lastAtMs >= 0) this.#take({ fromMs: this.#lastAtMs, forMs: atMs - this.#lastAtMs });
    this.#lastAtMs = atMs;
  }

  /** Longest first. */
  get all(): readonly Pause[] {
    return this.#pauses;
  }

  #take(pause: Pause): void {
    const at = this.#pauses.findIndex(({ forMs }) => forMs < pause.forMs);
    if (at >= 0) this.#pauses.splice(at, 0, pause);
    else if (this.#pauses.length < kept) this.#pauses.push(pause);
    if (this.#pauses.length > kept) this.#pauses.pop();
  }
}
