import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, tokensPerSecond, tpotMs, ttftMs } from "./run-figures.ts";
import { cumulativeGap, jainIndex, windowedGap } from "./service-gaps.ts";
import { seriesOf } from "./service-series.ts";
import type { Delivery } from "./suite-request.ts";

// Three requests of two clients, and every figure by hand. Client 0 asks at 1 s for 6 + 2·3 = 12 and at 40 s for
// 120 + 2·1 = 122; client 1 at 2 s for 60 + 2·2 = 64.
const first: Delivery = {
  request: { client: 0, atMs: 1000, promptTokens: 6, outputTokens: 3 },
  tokensAtMs: [2500, 3500, 4500],
};
const second: Delivery = {
  request: { client: 1, atMs: 2000, promptTokens: 60, outputTokens: 2 },
  tokensAtMs: [5000, 45_000],
};
const third: Delivery = {
  request: { client: 0, atMs: 40_000, promptTokens: 120, outputTokens: 1 },
  tokensAtMs: [50_000],
};
const deliveries = [first, second, third];
const horizonS = 70;
const series = seriesOf(deliveries, { clients: 2, horizonS });
const close = (value: number | null, expected: number): void =>
  assert.ok(value !== null && Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test("service is the prompt with the first token, and each token when it comes", () => {
  const [own, other] = series.served;
  assert.deepEqual([own?.[2], own?.[3], own?.[4], own?.[50]], [8, 2, 2, 122]);
  assert.deepEqual([other?.[5], other?.[45]], [62, 2]);
});

test("demand is the full cost, in the second of the arrival", () => {
  const [own, other] = series.demanded;
  assert.deepEqual([own?.[1], own?.[40], other?.[2]], [12, 122, 64]);
});

test("what comes after the horizon does not count", () => {
  const short = seriesOf(deliveries, { clients: 2, horizonS: 5 });
  assert.deepEqual(
    short.served.map((seconds) => seconds.reduce((sum, cost) => sum + cost, 0)),
    [12, 0],
  );
});

test("the cumulative gap is the largest difference so far", () => {
  // 12 ahead, 52 behind after second 5, 54 behind after second 45, then 134 against 64: 70.
  close(cumulativeGap(series, [1, 1]), 70);
  // By weight 1:4, 134 against 16 at the end: 118.
  close(cumulativeGap(series, [1, 4]), 118);
});

test("the windowed gap is what a client lacked of what it asked for, up to the best served one", () => {
  // Centres 30 and 35; both windows, [0, 60) and [5, 65), hold the service of second 50.
  // [0, 60): served 134 and 64, asked 134 and 64: nobody lacked anything: 0.
  // [5, 65): served 122 and 64, asked 122 and 0 (what arrived before is not demand): 0.
  assert.deepEqual(windowedGap(series, [1, 1]), { max: 0, avg: 0, variance: 0 });
  const refused: Delivery = {
    request: { client: 1, atMs: 3000, promptTokens: 26, outputTokens: 20 },
    tokensAtMs: [],
  };
  // With 66 more asked for and refused at 3 s: in [0, 60) client 1 asked for 130, got 64, the best got 134: lacks 66.
  const gap = windowedGap(seriesOf([...deliveries, refused], { clients: 2, horizonS }), [1, 1]);
  close(gap.max, 66 / 60);
  close(gap.avg, 33 / 60);
  close(gap.variance, (33 / 60) ** 2);
});

test("no client lacks more than the best served one got", () => {
  const greedy: Delivery = {
    request: { client: 1, atMs: 3000, promptTokens: 10_000, outputTokens: 1 },
    tokensAtMs: [],
  };
  const gap = windowedGap(seriesOf([...deliveries, greedy], { clients: 2, horizonS }), [1, 1]);
  close(gap.max, (134 - 64) / 60);
});

test("Jain's index is over those that had an unfinished request all the time", () => {
  // In [3, 4) both have one: 2 against 0 makes (2)² / (2 · 4) = 0.5.
  close(jainIndex(series, deliveries, { weights: [1, 1], fromS: 3, untilS: 4 }), 0.5);
  // In [3, 6) only client 1 has one throughout.
  close(jainIndex(series, deliveries, { weights: [1, 1], fromS: 3, untilS: 6 }), 1);
  assert.equal(jainIndex(series, deliveries, { weights: [1, 1], fromS: 60, untilS: 65 }), null);
});

test("throughput counts prompt and output until the last completion", () => {
  // 9 + 62 + 121 tokens in 50 s.
  close(figuresOf(deliveries, { weights: [1, 1], horizonS }).tokensPerS, 192 / 50);
  // The second one alone ends with its last token, not with its first.
  close(tokensPerSecond([second]), 62 / 45);
});

test("time to first token counts from the arrival, and percentiles are interpolated", () => {
  assert.deepEqual(deliveries.map(ttftMs), [1500, 3000, 10_000]);
  const { ttftP50Ms, ttftP99Ms } = figuresOf(deliveries, { weights: [1, 1], horizonS });
  close(ttftP50Ms, 3000);
  close(ttftP99Ms, 3000 + 0.98 * 7000);
});

test("time per output token is the mean gap between tokens", () => {
  assert.deepEqual(deliveries.map(tpotMs), [1000, 40_000, 0]);
});
