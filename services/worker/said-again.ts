// That a sequence gave way is said thrice: a session that hears of it only by its silence does not count it, and after a
// takeover no router would either, so that it could give way a fourth time.

import type { Address } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Returned } from "#shared/messages/returned.ts";
import type { Sequence } from "./sequence.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** Once when it is over, and at the next two beats. */
const repeats = 2;
const keptMax = 1024;

export interface SaidAgain {
  readonly session: Address;
  readonly message: Returned;
  repeatsLeft: number;
}

export function sayAgain({ saidAgain }: WorkerState, sequence: Sequence): void {
  const { key, session, requestId, attempt, totals } = sequence;
  const message = { kind: "returned", requestId, attempt, reason: "preempted", totals } as const;
  if (saidAgain.size < keptMax) saidAgain.set(key, { session, message, repeatsLeft: repeats });
}

/** Each beat. */
export function repeatReturned({ saidAgain }: WorkerState, { effects }: Turn): void {
  for (const [key, said] of saidAgain) {
    effects.push(toSession(said.session, said.message));
    said.repeatsLeft--;
    if (said.repeatsLeft === 0) saidAgain.delete(key);
  }
}
