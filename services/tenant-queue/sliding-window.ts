// Requests and tokens admitted in the last minute, in steps of a quarter second. Law: in no 60 s, wherever they
// begin, is more admitted than the limit. So a step counts until all of it is older than that: 241 steps at most.

import { assert } from "#shared/actor/assert.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";

/** An admission counts for up to so much longer than a minute: that share of the limit cannot be used. */
const stepMs = 250;
const stepsCounted = 60_000 / stepMs + 1;

export interface SlidingWindow {
  /** The oldest first; a step in which nothing was admitted takes no room. */
  readonly steps: Step[];
  /** The number of the newest step that time has reached, on this host's monotonic clock. */
  newest: number;
  requests: number;
  tokens: number;
  /** Until then the window counts as full: an edge has not yet told what it admitted before a takeover. */
  fullUntilMs: number;
}

interface Step {
  readonly number: number;
  requests: number;
  tokens: number;
  /** Of those, what edges told after a takeover. */
  restoredTokens: number;
}

type Counted = "requests" | "tokens";

/** Where an admission's tokens were booked; they can only go back there. */
export interface Charge {
  readonly step: number;
  readonly tokens: number;
  /** Booked by an earlier owner, in about that step, as far as its edge has told. */
  readonly isRestored: boolean;
}

export const emptyWindow = (): SlidingWindow => ({
  steps: [],
  newest: Number.NEGATIVE_INFINITY,
  requests: 0,
  tokens: 0,
  fullUntilMs: Number.NEGATIVE_INFINITY,
});

export const stepOf = (nowMs: number): number => Math.floor(nowMs / stepMs);

/** One request and its tokens, booked now. The caller has seen that both fit. */
export function charge(window: SlidingWindow, tokens: number, nowMs: number): Charge {
  advance(window, nowMs);
  const step = stepOf(nowMs);
  add(window, openStep(window, step), { requests: 1, tokens });
  return { step, tokens, isRestored: false };
}

/** Gives tokens back to the step they were booked in, as far as that still counts. Answers how many. */
export function refund(window: SlidingWindow, charge: Charge, nowMs: number): number {
  advance(window, nowMs);
  const { tokens, isRestored } = charge;
  if (isRestored) return refundRestored(window, charge);
  const step = window.steps[firstFrom(window, charge.step)];
  if (step?.number !== charge.step) return 0;
  add(window, step, { requests: 0, tokens: -tokens });
  return tokens;
}

/**
 * Only edges' reports are given back, never what was booked here. They may stand in a later step than told;
 * then older ones give instead: those leave the window first, so the sum is right now and never too low later.
 */
function refundRestored(window: SlidingWindow, { step: told, tokens }: Charge): number {
  let missing = tokens;
  for (let index = firstFrom(window, told + 1) - 1; missing > 0 && index >= 0; index--) {
    const step = window.steps[index];
    const back = Math.min(missing, step?.restoredTokens ?? 0);
    if (step === undefined || back === 0) continue;
    step.restoredTokens -= back;
    add(window, step, { requests: 0, tokens: -back });
    missing -= back;
  }
  return tokens - missing;
}

/** What an edge remembers from before a takeover, as `edge-holds` tells it: booked as late as it may have been. */
export function restore(
  window: SlidingWindow,
  [secondsAgo, requests, tokens]: readonly [number, number, number],
  nowMs: number,
): void {
  advance(window, nowMs);
  const agoMs = Math.floor(Math.max(0, secondsAgo - 1) * 1000);
  const number = stepOf(nowMs - agoMs);
  if (number <= window.newest - stepsCounted) return;
  const step = openStep(window, number);
  add(window, step, { requests, tokens });
  step.restoredTokens += tokens;
}

/** Milliseconds until one more request fits; 0: now; undefined: never. */
export function untilRequestFits(
  window: SlidingWindow,
  requestsPerMinute: number,
  nowMs: number,
): number | undefined {
  advance(window, nowMs);
  const excess = window.requests + 1 - requestsPerMinute;
  if (requestsPerMinute < 1) return undefined;
  return Math.max(untilFreed(window, { of: "requests", excess }, nowMs), fullFor(window, nowMs));
}

/** Milliseconds until `tokens` more fit; 0: now; undefined: never. */
export function untilTokensFit(
  window: SlidingWindow,
  { tokensPerMinute, tokens }: { readonly tokensPerMinute: number; readonly tokens: number },
  nowMs: number,
): number | undefined {
  advance(window, nowMs);
  const excess = window.tokens + tokens - tokensPerMinute;
  if (tokens > tokensPerMinute) return undefined;
  return Math.max(untilFreed(window, { of: "tokens", excess }, nowMs), fullFor(window, nowMs));
}

export function rateLimits(window: SlidingWindow, limits: TenantLimits, nowMs: number): RateLimits {
  advance(window, nowMs);
  const isFull = fullFor(window, nowMs) > 0;
  const left = (limit: number, used: number): number => (isFull ? 0 : Math.max(0, limit - used));
  const resetMs = (of: Counted): number =>
    Math.max(untilEmpty(window, of, nowMs), fullFor(window, nowMs));
  return {
    requestsLimit: limits.requestsPerMinute,
    requestsRemaining: left(limits.requestsPerMinute, window.requests),
    requestsResetMs: resetMs("requests"),
    tokensLimit: limits.tokensPerMinute,
    tokensRemaining: left(limits.tokensPerMinute, window.tokens),
    tokensResetMs: resetMs("tokens"),
  };
}

const fullFor = ({ fullUntilMs }: SlidingWindow, nowMs: number): number =>
  Math.max(0, Math.ceil(fullUntilMs - nowMs));

/** When a step no longer counts, from now. */
const untilExpired = ({ number }: Step, nowMs: number): number =>
  Math.ceil((number + stepsCounted) * stepMs - nowMs);

/** The place of the first step with this number or a higher one. */
function firstFrom({ steps }: SlidingWindow, number: number): number {
  let below = 0;
  let from = steps.length;
  while (below < from) {
    const middle = (below + from) >>> 1;
    if ((steps[middle]?.number ?? number) < number) below = middle + 1;
    else from = middle;
  }
  return below;
}

function openStep(window: SlidingWindow, number: number): Step {
  const { steps } = window;
  const last = steps.at(-1);
  if (last?.number === number) return last;
  const index = firstFrom(window, number);
  const known = steps[index];
  if (known?.number === number) return known;
  const opened: Step = { number, requests: 0, tokens: 0, restoredTokens: 0 };
  steps.splice(index, 0, opened);
  return opened;
}

function add(
  window: SlidingWindow,
  step: Step,
  amount: { readonly requests: number; readonly tokens: number },
): void {
  step.requests += amount.requests;
  step.tokens += amount.tokens;
  window.requests += amount.requests;
  window.tokens += amount.tokens;
  assert(step.tokens >= 0, "no more tokens come back than were booked");
}

/** Time goes on: steps that are older than a minute, all of them, count no more. */
function advance(window: SlidingWindow, nowMs: number): void {
  window.newest = Math.max(window.newest, stepOf(nowMs));
  const { steps, newest } = window;
  for (let oldest = steps[0]; oldest !== undefined; oldest = steps[0]) {
    if (oldest.number > newest - stepsCounted) return;
    window.requests -= oldest.requests;
    window.tokens -= oldest.tokens;
    steps.shift();
  }
}

function untilFreed(
  { steps }: SlidingWindow,
  { of, excess }: { readonly of: Counted; readonly excess: number },
  nowMs: number,
): number {
  let missing = excess;
  for (const step of steps) {
    if (missing <= 0) return 0;
    missing -= step[of];
    if (missing <= 0) return untilExpired(step, nowMs);
  }
  return 0;
}

function untilEmpty({ steps }: SlidingWindow, of: Counted, nowMs: number): number {
  const newest = steps.findLast((step) => step[of] > 0);
  return newest === undefined ? 0 : untilExpired(newest, nowMs);
}
