// When a request has been started too often: past that the fault is its own or the pool's, not the luck's. Giving way to
// others is no failure, and neither is the end of a quota that comes in pieces; both are bounded all the same.

import type { Suspicion } from "./suspicion.ts";
import { preemptionsMax } from "./victim-order.ts";

export const attemptsMax = 10;
const continuationsMax = 100;

/** What became of the attempts before. */
export interface EarlierAttempts {
  /** That gave way to others. */
  readonly preemptions: number;
  /** That ended with their allowance of a quota, not with their output. */
  readonly continuations: number;
  /** What engine crashes among them have cast on the request. */
  readonly suspicion?: Suspicion | undefined;
}

/** `attempt`: the next one, from 1. */
export function isTooOften(
  attempt: number,
  { preemptions, continuations }: EarlierAttempts,
): boolean {
  const excused = Math.min(preemptions, preemptionsMax) + Math.min(continuations, continuationsMax);
  return attempt - excused > attemptsMax;
}
