// Adapters that would not load: after three failures in a row an adapter is left alone for a while, twice as long
// each time, at most half a minute. Bounded: the adapter that failed longest ago is forgotten first.

import type { AdapterDigest } from "#shared/model/ids.ts";

const failuresBefore = 3;
const pauseMsFirst = 1000;
const pauseMsMax = 30_000;
const adaptersMax = 4096;

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

export function adapterLoaded(breakers: AdapterBreakers, digest: AdapterDigest): void {
  if (breakers.size > 0) breakers.delete(digest);
}
