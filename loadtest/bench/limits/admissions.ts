// Which requests were admitted, and when: those that were answered, each at the moment when an owner first took it. What
// an owner took and its successor refused was not admitted; the client was told no, and it is counted apart.

import type { Witness } from "./admission-witness.ts";

interface Judged {
  /** Rising. */
  readonly admittedMs: readonly number[];
  /** Taken by an owner and never answered, since the last call. */
  readonly annulled: number;
}

export class Admissions {
  readonly #witness: Pick<Witness, "queuedMs">;
  readonly #answered: Set<string> = new Set();
  #annulledBefore = 0;

  constructor(witness: Pick<Witness, "queuedMs">) {
    this.#witness = witness;
  }

  /** When all that was asked has ended. Throws if somebody was answered whom no owner took. */
  upTo(answered: readonly string[]): Judged {
    const { queuedMs } = this.#witness;
    for (const requestId of answered) {
      if (!queuedMs.has(requestId)) throw new Error(`${requestId} was answered and never admitted`);
      this.#answered.add(requestId);
    }
    const admittedMs = [...queuedMs]
      .filter(([requestId]) => this.#answered.has(requestId))
      .map(([, atMs]) => atMs);
    const annulled = queuedMs.size - this.#answered.size - this.#annulledBefore;
    this.#annulledBefore += annulled;
    return { admittedMs, annulled };
  }
}
