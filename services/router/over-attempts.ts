// Attempts that are over, so that a late repetition of their offer finds no second place. Bounded: by the time one is
// forgotten its messages have arrived or are lost.

import type { RequestId } from "#shared/model/ids.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import { TwoGenerations } from "#shared/model/two-generations.ts";

const generationMax = 16_384;

export interface OverAttempt {
  readonly attempt: number;
  /** It ended without having run to its end: its queue may have missed `voided`. */
  readonly isVoided: boolean;
  /** How often its request was told to give way, whatever its session heard of that. */
  readonly preemptions: number;
  /** Of the owner for whom it ran. */
  readonly shardEpoch: number;
  /** What engine crashes had cast on it by then, as far as was told here. */
  readonly suspicion: Suspicion | undefined;
}

export class OverAttempts {
  readonly #attempts = new TwoGenerations<RequestId, OverAttempt>(generationMax);

  get(requestId: RequestId): OverAttempt | undefined {
    return this.#attempts.get(requestId);
  }

  remember(requestId: RequestId, over: OverAttempt): void {
    const known = this.#attempts.get(requestId);
    if (known === undefined || known.attempt <= over.attempt) this.#attempts.set(requestId, over);
  }
}
