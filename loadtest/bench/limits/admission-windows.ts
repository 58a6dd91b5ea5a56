// How much of a limit was used, from the moments of admission alone. A window is sixty seconds, wherever it begins.

import type { Admission } from "./admissions.ts";

export const windowMs = 60_000;

/**
 * The most that were admitted in any window for certain: asked for after it began, heard of before it ended. More than a
 * limit is a breach of it, however late a busy machine heard of what.
 */
export function mostForCertainInAWindow(admitted: readonly Admission[]): number {
  const asAsked = admitted.toSorted((a, b) => a.askedMs - b.askedMs);
  let most = 0;
  for (const [first, { askedMs }] of asAsked.entries()) {
    const endsMs = askedMs + windowMs;
    let count = 0;
    for (let index = first; (asAsked[index]?.askedMs ?? endsMs) < endsMs; index += 1) {
      if ((asAsked[index]?.latestMs ?? endsMs) < endsMs) count += 1;
    }
    most = Math.max(most, count);
  }
  return most;
}

/** The most admissions in any window. `admittedMs` rises. */
export function mostInAWindow(admittedMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [last, atMs] of admittedMs.entries()) {
    while (atMs - (admittedMs[first] ?? atMs) >= windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const everyMs = 100;

/** Admissions in a window, as a mean over all that begin at each tenth of a second and lie wholly inside. */
export function meanInWindows(
  admittedMs: readonly number[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number {
  const windows = Math.floor((untilMs - windowMs - fromMs) / everyMs) + 1;
  if (windows < 1) return 0;
  let sum = 0;
  let begin = 0;
  let end = 0;
  for (let window = 0; window < windows; window += 1) {
    const startsMs = fromMs + window * everyMs;
    while ((admittedMs[begin] ?? Infinity) < startsMs) begin += 1;
    while ((admittedMs[end] ?? Infinity) < startsMs + windowMs) end += 1;
    sum += end - begin;
  }
  return sum / windows;
}
