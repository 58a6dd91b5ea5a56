import assert from "node:assert/strict";
import { test } from "node:test";
import { meanInWindows, mostForCertainInAWindow, mostInAWindow } from "./admission-windows.ts";

test("a window holds what is less than a minute apart, wherever it begins", () => {
  const check = (admittedMs: readonly number[], most: number): void =>
    assert.equal(mostInAWindow(admittedMs), most);
  check([], 0);
  check([5], 1);
  check([0, 59_999], 2);
  check([0, 60_000], 1);
  check([0, 30_000, 59_999, 60_000, 61_000], 4);
  check([0, 30_000, 90_000, 91_000, 92_000], 3);
});

test("certainly within a window is what was asked and heard of in it", () => {
  const check = (spans: readonly (readonly [askedMs: number, latestMs: number])[], most: number) =>
    assert.equal(
      mostForCertainInAWindow(
        spans.map(([askedMs, latestMs]) => ({ askedMs, firstMs: askedMs, latestMs })),
      ),
      most,
    );
  check([], 0);
  check([[0, 60_001]], 0);
  check(
    [
      [10, 700],
      [60_009, 60_009],
    ],
    2,
  );
  // Heard of within a minute, but one may have been admitted long before.
  check(
    [
      [0, 700],
      [60_100, 60_200],
    ],
    1,
  );
  check(
    [
      [0, 1],
      [30_000, 30_005],
      [59_000, 89_999],
      [60_002, 60_003],
    ],
    3,
  );
});

test("the mean is over whole windows only", () => {
  const steady = Array.from({ length: 1800 }, (_, index) => index * 100);
  assert.equal(meanInWindows(steady, { fromMs: 0, untilMs: 180_000 }), 600);
  assert.equal(meanInWindows(steady, { fromMs: 0, untilMs: 59_999 }), 0);
  const burstEach61S = [0, 61_000, 122_000].flatMap((atMs) =>
    Array.from({ length: 100 }, (_, index) => atMs + index),
  );
  const mean = meanInWindows(burstEach61S, { fromMs: 0, untilMs: 183_000 });
  assert.ok(Math.abs(mean - (100 * 60) / 61) < 1, `${mean}`);
});
