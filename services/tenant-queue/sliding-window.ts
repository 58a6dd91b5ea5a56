// Requests and tokens admitted in the last minute, in buckets of one second. Law: in no 60 s, wherever they
// begin, is more admitted than the limit. So 61 buckets count: the oldest second may still be partly inside.

import { assert } from "#shared/actor/assert.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";

const bucketCount = 61;

export interface SlidingWindow {
  readonly requests: number[];
  readonly tokens: number[];
  /** Of those, what edges told after a takeover. */
  readonly restoredTokens: number[];
  /** The second, on this host's monotonic clock, of the newest bucket. */
  newestSecond: number;
  requestsUsed: number;
  tokensUsed: number;
  /** Until then the window counts as full: an edge has not yet told what it admitted before a takeover. */
  fullUntilMs: number;
}

/** Where an admission's tokens were booked; they can only go back there. */
export interface Charge {
  readonly second: number;
  readonly tokens: number;
  /** Booked by an earlier owner, in about that second, as far as its edge has told. */
  readonly isRestored: boolean;
}

export const emptyWindow = (): SlidingWindow => ({
  requests: Array.from({ length: bucketCount }, () => 0),
  tokens: Array.from({ length: bucketCount }, () => 0),
  restoredTokens: Array.from({ length: bucketCount }, () => 0),
  newestSecond: Number.NEGATIVE_INFINITY,
  requestsUsed: 0,
  tokensUsed: 0,
  fullUntilMs: Number.NEGATIVE_INFINITY,
});

export const secondOf = (nowMs: number): number => Math.floor(nowMs / 1000);

/** One request and its tokens, booked now. The caller has seen that both fit. */
export function charge(window: SlidingWindow, tokens: number, nowMs: number): Charge {
  advance(window, nowMs);
  add(window, secondOf(nowMs), { requests: 1, tokens });
  return { second: secondOf(nowMs), tokens, isRestored: false };
}

/** Gives tokens back to the second they were booked in, as far as that second still counts. Answers how many. */
export function refund(window: SlidingWindow, charge: Charge, nowMs: number): number {
  advance(window, nowMs);
  const { second, tokens, isRestored } = charge;
  if (isRestored) return refundRestored(window, charge);
  if (!counts(window, second)) return 0;
  add(window, second, { requests: 0, tokens: -tokens });
  return tokens;
}

/**
 * Only edges' reports are given back, never what was booked here. They may stand in a later second than told;
 * then older seconds give instead: those leave the window first, so the sum is right now and never too low later.
 */
function refundRestored(window: SlidingWindow, { second, tokens }: Charge): number {
  let missing = tokens;
  for (let from = second; missing > 0 && counts(window, from); from--) {
    const slot = slotOf(from);
    const told = window.restoredTokens[slot] ?? 0;
    const back = Math.min(missing, told);
    window.restoredTokens[slot] = told - back;
    add(window, from, { requests: 0, tokens: -back });
    missing -= back;
  }
  return tokens - missing;
}

/**
 * What an edge remembers from before a takeover: `[secondsAgo, requests, tokens]`. Two clocks may cut seconds
 * differently, so each is booked one second later than told, never earlier than it was.
 */
export function restore(
  window: SlidingWindow,
  [secondsAgo, requests, tokens]: readonly [number, number, number],
  nowMs: number,
): void {
  advance(window, nowMs);
  const second = secondOf(nowMs) - Math.max(0, Math.floor(secondsAgo) - 1);
  if (!counts(window, second)) return;
  add(window, second, { requests, tokens });
  const slot = slotOf(second);
  window.restoredTokens[slot] = (window.restoredTokens[slot] ?? 0) + tokens;
}

/** Milliseconds until one more request fits; 0: now; undefined: never. */
export function untilRequestFits(
  window: SlidingWindow,
  requestsPerMinute: number,
  nowMs: number,
): number | undefined {
  advance(window, nowMs);
  const excess = window.requestsUsed + 1 - requestsPerMinute;
  if (requestsPerMinute < 1) return undefined;
  return Math.max(
    untilFreed(window, { from: window.requests, excess }, nowMs),
    fullFor(window, nowMs),
  );
}

/** Milliseconds until `tokens` more fit; 0: now; undefined: never. */
export function untilTokensFit(
  window: SlidingWindow,
  { tokensPerMinute, tokens }: { readonly tokensPerMinute: number; readonly tokens: number },
  nowMs: number,
): number | undefined {
  advance(window, nowMs);
  const excess = window.tokensUsed + tokens - tokensPerMinute;
  if (tokens > tokensPerMinute) return undefined;
  return Math.max(
    untilFreed(window, { from: window.tokens, excess }, nowMs),
    fullFor(window, nowMs),
  );
}

export function rateLimits(window: SlidingWindow, limits: TenantLimits, nowMs: number): RateLimits {
  advance(window, nowMs);
  const isFull = fullFor(window, nowMs) > 0;
  const left = (limit: number, used: number): number => (isFull ? 0 : Math.max(0, limit - used));
  const resetMs = (buckets: readonly number[]): number =>
    Math.max(untilEmpty(window, buckets, nowMs), fullFor(window, nowMs));
  return {
    requestsLimit: limits.requestsPerMinute,
    requestsRemaining: left(limits.requestsPerMinute, window.requestsUsed),
    requestsResetMs: resetMs(window.requests),
    tokensLimit: limits.tokensPerMinute,
    tokensRemaining: left(limits.tokensPerMinute, window.tokensUsed),
    tokensResetMs: resetMs(window.tokens),
  };
}

const slotOf = (second: number): number => ((second % bucketCount) + bucketCount) % bucketCount;

const counts = ({ newestSecond }: SlidingWindow, second: number): boolean =>
  second <= newestSecond && second > newestSecond - bucketCount;

const fullFor = ({ fullUntilMs }: SlidingWindow, nowMs: number): number =>
  Math.max(0, Math.ceil(fullUntilMs - nowMs));

/** When a bucket no longer counts, from now. */
const untilExpired = (second: number, nowMs: number): number =>
  Math.ceil((second + bucketCount) * 1000 - nowMs);

function add(
  window: SlidingWindow,
  second: number,
  amount: { readonly requests: number; readonly tokens: number },
): void {
  const slot = slotOf(second);
  window.requests[slot] = (window.requests[slot] ?? 0) + amount.requests;
  window.tokens[slot] = (window.tokens[slot] ?? 0) + amount.tokens;
  window.requestsUsed += amount.requests;
  window.tokensUsed += amount.tokens;
  assert((window.tokens[slot] ?? 0) >= 0, "no more tokens come back than were booked");
}

/** Empties the buckets between the newest second and now: at most all of them. */
function advance(window: SlidingWindow, nowMs: number): void {
  const now = secondOf(nowMs);
  for (
    let second = Math.max(window.newestSecond + 1, now - bucketCount + 1);
    second <= now;
    second++
  ) {
    const slot = slotOf(second);
    window.requestsUsed -= window.requests[slot] ?? 0;
    window.tokensUsed -= window.tokens[slot] ?? 0;
    window.requests[slot] = 0;
    window.tokens[slot] = 0;
    window.restoredTokens[slot] = 0;
  }
  window.newestSecond = Math.max(window.newestSecond, now);
}

function untilFreed(
  window: SlidingWindow,
  { from, excess }: { readonly from: readonly number[]; readonly excess: number },
  nowMs: number,
): number {
  let missing = excess;
  for (let age = bucketCount - 1; age >= 0 && missing > 0; age--) {
    const second = window.newestSecond - age;
    missing -= from[slotOf(second)] ?? 0;
    if (missing <= 0) return untilExpired(second, nowMs);
  }
  return 0;
}

function untilEmpty(window: SlidingWindow, buckets: readonly number[], nowMs: number): number {
  for (let age = 0; age < bucketCount; age++) {
    const second = window.newestSecond - age;
    if ((buckets[slotOf(second)] ?? 0) > 0) return untilExpired(second, nowMs);
  }
  return 0;
}
