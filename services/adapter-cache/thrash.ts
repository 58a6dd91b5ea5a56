// Whether a worker's slots thrash: too much of what leaves them is wanted again before long. Then nothing is loaded
// ahead: it would only make it worse. (That loads which drive others out go one after the other was measured, and helps
// nobody.) Bounded: of what left, the last few are remembered.

import type { AdapterDigest } from "#shared/model/ids.ts";

/** Wanted again within so long, its eviction was a mistake. */
const regrettedWithinMs = 10_000;
const halfLifeMs = 5000;
const rememberedMax = 256;
/** Of so many evictions of late at least, this share of mistakes begins it and that ends it. */
const evictionsLeast = 8;
const beginsAtShare = 0.5;
const endsAtShare = 0.25;

export interface ThrashWatch {
  /** Oldest first. */
  readonly evictedAtMs: Map<AdapterDigest, number>;
  /** Decayed to `atMs`. */
  evictions: number;
  regrets: number;
  atMs: number;
  isThrashing: boolean;
}

export const watchThrash = (): ThrashWatch => ({
  evictedAtMs: new Map(),
  evictions: 0,
  regrets: 0,
  atMs: 0,
  isThrashing: false,
});

function decayTo(watch: ThrashWatch, nowMs: number): void {
  const kept = 0.5 ** (Math.max(0, nowMs - watch.atMs) / halfLifeMs);
  watch.evictions *= kept;
  watch.regrets *= kept;
  watch.atMs = nowMs;
}

export function evicted(watch: ThrashWatch, digest: AdapterDigest, nowMs: number): void {
  decayTo(watch, nowMs);
  watch.evictions += 1;
  watch.evictedAtMs.delete(digest);
  watch.evictedAtMs.set(digest, nowMs);
  if (watch.evictedAtMs.size <= rememberedMax) return;
  const oldest = watch.evictedAtMs.keys().next();
  if (oldest.done !== true) watch.evictedAtMs.delete(oldest.value);
}

/** Its load begins. True: it thrashes from now on. */
export function wantedAgain(watch: ThrashWatch, digest: AdapterDigest, nowMs: number): boolean {
  decayTo(watch, nowMs);
  const leftAtMs = watch.evictedAtMs.get(digest);
  watch.evictedAtMs.delete(digest);
  if (leftAtMs !== undefined && nowMs - leftAtMs <= regrettedWithinMs) watch.regrets += 1;
  return judge(watch);
}

/** Whether it thrashes now: quiet ends it too. */
export function isThrashing(watch: ThrashWatch, nowMs: number): boolean {
  if (!watch.isThrashing) return false;
  decayTo(watch, nowMs);
  judge(watch);
  return watch.isThrashing;
}

function judge(watch: ThrashWatch): boolean {
  const { evictions, regrets, isThrashing: was } = watch;
  watch.isThrashing = was
    ? evictions >= evictionsLeast / 2 && regrets >= evictions * endsAtShare
    : evictions >= evictionsLeast && regrets >= evictions * beginsAtShare;
  return watch.isThrashing && !was;
}
