// Attempts that are over, so that a late repetition of their offer finds no second place. Bounded in two
// generations: when the younger is full the elder is forgotten whole, by then its messages have arrived or are lost.
// (Deleting the first key of a large Map again and again is not O(1): the holes are walked each time.)

import type { RequestId } from "#shared/model/ids.ts";

const generationMax = 16_384;

export interface OverAttempt {
  readonly attempt: number;
  /** It ended without having run to its end: its queue may have missed `voided`. */
  readonly isVoided: boolean;
  /** How often its request was told to give way, whatever its session heard of that. */
  readonly preemptions: number;
}

export class OverAttempts {
  #younger: Map<RequestId, OverAttempt> = new Map();
  #elder: Map<RequestId, OverAttempt> = new Map();

  get(requestId: RequestId): OverAttempt | undefined {
    return this.#younger.get(requestId) ?? this.#elder.get(requestId);
  }

  remember(requestId: RequestId, over: OverAttempt): void {
    const known = this.get(requestId);
    if (known !== undefined && known.attempt > over.attempt) return;
    if (this.#younger.size >= generationMax) {
      this.#elder = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(requestId, over);
  }
}
