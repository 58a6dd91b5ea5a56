// When a load may be tried again after it failed: twice as long after each failure in a row, bounded. A success
// forgets them all.

import type { AdapterDigest } from "#shared/model/ids.ts";

const firstWaitMs = 500;
const longestWaitMs = 30_000;

export type LoadBreaker = Map<
  AdapterDigest,
  { readonly failures: number; readonly untilMs: number }
>;

export function failLoad(breaker: LoadBreaker, digest: AdapterDigest, nowMs: number): void {
  const failures = (breaker.get(digest)?.failures ?? 0) + 1;
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 10));
  breaker.set(digest, { failures, untilMs: nowMs + waitMs });
}

export const mayLoad = (breaker: LoadBreaker, digest: AdapterDigest, nowMs: number): boolean =>
  nowMs >= (breaker.get(digest)?.untilMs ?? 0);
