import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText } from "./rate-limit-headers.ts";

test("a reset is a duration, rounded up, never an epoch", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0s"],
    [-5, "0s"],
    [0.2, "1ms"],
    [120, "120ms"],
    [1000, "1s"],
    [1500.2, "1.501s"],
    [60_000, "1m0s"],
    [360_000, "6m0s"],
    [360_001, "6m1s"],
    [3_723_000, "1h2m3s"],
  ];
  for (const [ms, text] of cases) assert.equal(durationText(ms), text);
});
