// Attempts that are over, so that a late repetition of their offer finds no second place. Bounded: by the time one is
// forgotten its messages have arrived or are lost.

import type { RequestId } from "#shared/model/ids.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import { together } from "#shared/model/suspicion.ts";
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
  /** Attempts of which it was told that they ended with their engine. */
  readonly crashed: readonly number[];
}

export class OverAttempts {
  readonly #attempts = new TwoGenerations<RequestId, OverAttempt>(generationMax);

  get(requestId: RequestId): OverAttempt | undefined {
    return this.#attempts.get(requestId);
  }

  remember(requestId: RequestId, over: Omit<OverAttempt, "crashed">): void {
    const known = this.#attempts.get(requestId);
    if (known !== undefined && known.attempt > over.attempt) return;
    this.#attempts.set(requestId, { ...over, crashed: known?.crashed ?? [] });
  }

  /** That attempt ended with its engine, however many have come after it. False: this was told before, and it may be acquitted since. */
  suspect(requestId: RequestId, attempt: number, crash: Suspicion): boolean {
    const known = this.#attempts.get(requestId) ?? {
      attempt,
      isVoided: true,
      preemptions: 0,
      shardEpoch: 0,
      suspicion: undefined,
      crashed: [],
    };
    if (known.crashed.includes(attempt)) return false;
    const suspicion = together(known.suspicion, crash);
    this.#attempts.set(requestId, { ...known, suspicion, crashed: [...known.crashed, attempt] });
    return true;
  }
}
