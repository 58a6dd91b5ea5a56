// Attempts that are over, so that a late repetition of their offer finds no second place. Bounded: the oldest
// are forgotten first, by then their messages have long arrived or are lost.

import type { RequestId } from "#shared/model/ids.ts";

const requestsMax = 16_384;

export interface OverAttempt {
  readonly attempt: number;
  /** It ended without having run to its end: its queue may have missed `voided`. */
  readonly isVoided: boolean;
}

export type OverAttempts = Map<RequestId, OverAttempt>;

export function rememberOver(over: OverAttempts, requestId: RequestId, attempt: OverAttempt): void {
  const known = over.get(requestId);
  if (known !== undefined && known.attempt > attempt.attempt) return;
  over.delete(requestId);
  over.set(requestId, attempt);
  if (over.size <= requestsMax) return;
  for (const oldest of over.keys()) {
    over.delete(oldest);
    return;
  }
}
