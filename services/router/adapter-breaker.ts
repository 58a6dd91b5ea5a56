// The circuit breaker of each adapter. Open after three failures in a row, for a while, twice as long each time, at most
// half a minute. Half-open then: one canary asks for it, and until it has loaded, or two seconds are over, nobody else does.
// Nobody waits for it who would wait for long: that answer is given at once.
// (What a worker host may load again itself is `adapter-cache/load-breaker.ts`.) Bounded: the adapter that failed longest ago
// is forgotten first.

import type { AdapterDigest } from "#shared/model/ids.ts";

const failuresBefore = 3;
const pauseMsFirst = 1000;
const pauseMsMax = 30_000;
const adaptersMax = 4096;
/** A canary whose place came to nothing before it was answered keeps the others for no longer. */
const canaryMs = 2000;
/** A client is rather refused than kept for longer, by a pause or by a canary's turn. */
const patienceMs = canaryMs;

interface Breaker {
  failures: number;
  openUntilMs: number;
}

export type AdapterBreakers = Map<AdapterDigest, Breaker>;

/** When it may be tried again; 0: now. */
export function adapterOpenUntil(
  breakers: AdapterBreakers,
  digest: AdapterDigest,
  nowMs: number,
): number {
  const breaker = breakers.size === 0 ? undefined : breakers.get(digest);
  return breaker === undefined || breaker.openUntilMs <= nowMs ? 0 : breaker.openUntilMs;
}

/** It has failed so often that a request may not try it three times more. */
export const isBroken = (breakers: AdapterBreakers, digest: AdapterDigest): boolean =>
  (breakers.get(digest)?.failures ?? 0) >= failuresBefore;

/** Who is not known to have run anywhere does not wait for so long. */
export const isTooLong = (pauseMs: number): boolean => pauseMs > patienceMs;

export function adapterFailed(
  breakers: AdapterBreakers,
  digest: AdapterDigest,
  nowMs: number,
): void {
  const breaker = breakers.get(digest) ?? { failures: 0, openUntilMs: 0 };
  breaker.failures += 1;
  const pauses = breaker.failures - failuresBefore;
  if (pauses >= 0) {
    breaker.openUntilMs = nowMs + Math.min(pauseMsMax, pauseMsFirst * 2 ** Math.min(pauses, 10));
  }
  breakers.delete(digest);
  breakers.set(digest, breaker);
  if (breakers.size <= adaptersMax) return;
  for (const oldest of breakers.keys()) {
    breakers.delete(oldest);
    return;
  }
}

/** Someone is about to ask for it: the canary, if its breaker is half-open. */
export function adapterTried(
  breakers: AdapterBreakers,
  digest: AdapterDigest,
  nowMs: number,
): void {
  const breaker = breakers.size === 0 ? undefined : breakers.get(digest);
  if (breaker === undefined || breaker.failures < failuresBefore) return;
  breaker.openUntilMs = Math.max(breaker.openUntilMs, nowMs + canaryMs);
}

export function adapterLoaded(breakers: AdapterBreakers, digest: AdapterDigest): void {
  if (breakers.size > 0) breakers.delete(digest);
}
