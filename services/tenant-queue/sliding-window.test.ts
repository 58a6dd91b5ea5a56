import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Charge } from "./sliding-window.ts";
import {
  charge,
  emptyWindow,
  rateLimits,
  refund,
  restore,
  untilRequestFits,
  untilTokensFit,
} from "./sliding-window.ts";

const limits = {
  queueLengthMax: 1,
  concurrencyMax: 1,
  contextTokensMax: 1,
  requestsPerMinute: 3,
  tokensPerMinute: 1000,
};

const room = (tokens: number) => ({ tokensPerMinute: 1000, tokens });

test("a quarter second leaves the window only when all of it is older than a minute", () => {
  const window = emptyWindow();
  charge(window, 900, 10_249);
  assert.equal(untilTokensFit(window, room(101), 70_249), 1);
  assert.equal(untilTokensFit(window, room(101), 70_250), 0);
});

test("it holds no more than what may still count", () => {
  const window = emptyWindow();
  for (let nowMs = 0; nowMs < 200_000; nowMs += 50) charge(window, 1, nowMs);
  assert.equal(window.steps.length, 241);
  rateLimits(window, limits, 300_000);
  assert.deepEqual([window.steps.length, window.requests, window.tokens], [0, 0, 0]);
});

test("the hint names the first moment with room, counting only as many steps as must leave", () => {
  const window = emptyWindow();
  charge(window, 300, 0);
  charge(window, 300, 5000);
  charge(window, 300, 20_000);
  assert.equal(untilTokensFit(window, room(100), 30_000), 0);
  assert.equal(untilTokensFit(window, room(400), 30_000), 30_250);
  assert.equal(untilTokensFit(window, room(401), 30_000), 35_250);
  assert.equal(untilTokensFit(window, room(1001), 30_000), undefined);
  assert.equal(untilRequestFits(window, 3, 30_000.5), 30_250);
  assert.equal(untilRequestFits(window, 0, 30_000), undefined);
});

test("a refund goes to the step it was booked in, and nowhere once that is gone", () => {
  const window = emptyWindow();
  const early = charge(window, 400, 1000);
  charge(window, 500, 30_000);
  assert.equal(refund(window, { ...early, tokens: 300 }, 31_000), 300);
  assert.equal(rateLimits(window, limits, 31_000).tokensRemaining, 400);
  assert.equal(refund(window, { ...early, tokens: 100 }, 62_000), 0);
  assert.equal(rateLimits(window, limits, 62_000).tokensRemaining, 500);
});

test("a restored request takes back only what edges told, of older steps, never of younger ones", () => {
  const window = emptyWindow();
  charge(window, 200, 1000);
  restore(window, [3, 1, 100], 6000);
  restore(window, [1, 1, 300], 6000);
  assert.equal(refund(window, { step: 16, tokens: 250, isRestored: true }, 6000), 100);
  assert.equal(rateLimits(window, limits, 6000).tokensRemaining, 500);
});

test("what edges remember counts from when it may last have been, and for no longer than a minute", () => {
  const window = emptyWindow();
  restore(window, [0, 1, 100], 100_000);
  restore(window, [61, 1, 200], 100_000);
  restore(window, [61.25, 1, 400], 100_000);
  restore(window, [31.5, 0, 50], 100_000);
  const told = (nowMs: number): readonly number[] => {
    const { requestsRemaining, tokensRemaining } = rateLimits(window, limits, nowMs);
    return [requestsRemaining, tokensRemaining];
  };
  assert.deepEqual(told(100_000), [1, 650]);
  assert.deepEqual(told(100_250), [2, 850]);
  assert.deepEqual(told(129_749), [2, 850]);
  assert.deepEqual(told(129_750), [2, 900]);
});

test("a window that counts as full has no room until then, and says so", () => {
  const window = emptyWindow();
  window.fullUntilMs = 60_000;
  assert.equal(untilRequestFits(window, 3, 10_000), 50_000);
  assert.equal(rateLimits(window, limits, 10_000).requestsRemaining, 0);
  assert.equal(rateLimits(window, limits, 10_000).requestsResetMs, 50_000);
  assert.equal(untilRequestFits(window, 3, 60_000), 0);
});

test("the snapshot tells what remains and when the window is whole again", () => {
  const window = emptyWindow();
  charge(window, 100, 500);
  charge(window, 100, 1500);
  assert.deepEqual(rateLimits(window, limits, 2000), {
    requestsLimit: 3,
    requestsRemaining: 1,
    requestsResetMs: 59_750,
    tokensLimit: 1000,
    tokensRemaining: 800,
    tokensResetMs: 59_750,
  });
});

interface Booked {
  readonly atMs: number;
  readonly charge: Charge;
  tokens: number;
}

/** Random demands and refunds through the window, beside an exact list of what was admitted when. */
function replay(steps: readonly { waitMs: number; tokens: number; keep: number }[]): void {
  const window = emptyWindow();
  const booked: Booked[] = [];
  let nowMs = 12_345.678;
  for (const { waitMs, tokens, keep } of steps) {
    nowMs += waitMs;
    const fits =
      untilRequestFits(window, limits.requestsPerMinute, nowMs) === 0 &&
      untilTokensFit(window, room(tokens), nowMs) === 0;
    if (fits) booked.push({ atMs: nowMs, charge: charge(window, tokens, nowMs), tokens });
    const settled = booked[keep % Math.max(1, booked.length)];
    if (settled !== undefined) {
      const back = Math.floor(settled.tokens / 2);
      if (refund(window, { ...settled.charge, tokens: back }, nowMs) > 0) settled.tokens -= back;
    }
    const lastMinute = booked.filter(({ atMs }) => atMs >= nowMs - 60_000);
    assert.ok(lastMinute.length <= limits.requestsPerMinute, "requests in the last 60 s");
    const sum = lastMinute.reduce((total, { tokens: each }) => total + each, 0);
    assert.ok(sum <= limits.tokensPerMinute, "tokens in the last 60 s");
  }
}

test("in no 60 s is more admitted than the limits, whatever the schedule", () => {
  const step = fc.record({
    waitMs: fc.oneof(
      fc.double({ min: 0, max: 3000, noNaN: true }),
      fc.constantFrom(249, 250, 59_999, 60_000, 60_001, 60_250),
    ),
    tokens: fc.integer({ min: 1, max: 700 }),
    keep: fc.nat(20),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 120, size: "max" }), replay), { numRuns: 300 });
});

test("the hinted moment is right: a millisecond before there is no room, then there is", () => {
  const past = fc.array(
    fc.record({ agoMs: fc.nat(60_000), tokens: fc.integer({ min: 1, max: 200 }) }),
  );
  fc.assert(
    fc.property(past, fc.integer({ min: 1, max: 1000 }), (admitted, tokens) => {
      const window = emptyWindow();
      const nowMs = 100_000;
      const byTime = admitted.toSorted((a, b) => b.agoMs - a.agoMs);
      for (const each of byTime) charge(window, each.tokens, nowMs - each.agoMs);
      const waitMs = untilTokensFit(window, room(tokens), nowMs) ?? 0;
      if (waitMs > 0) assert.equal(untilTokensFit(window, room(tokens), nowMs + waitMs - 1), 1);
      assert.equal(untilTokensFit(window, room(tokens), nowMs + waitMs), 0);
    }),
    { numRuns: 300 },
  );
});
