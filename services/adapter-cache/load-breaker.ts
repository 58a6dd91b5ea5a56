// The circuit breaker of each adapter on one worker host: open after every failure, twice as long each in a row, bounded.
// Half-open then: one load of it at a time is all that the cache begins anyway, and that is its canary. A success forgets
// them all. (Over all hosts of a pool its router has another: `router/adapter-breaker.ts`.)

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
