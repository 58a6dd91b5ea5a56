import assert from "node:assert/strict";
import { test } from "node:test";
import { prefillSteps } from "./prefill-steps.ts";

test("a short prompt is left to the stream", () => {
  assert.deepEqual(prefillSteps(256, 0), []);
  assert.deepEqual(prefillSteps(2_000, 1_800), []);
});

test("a long one comes in steps of 256 tokens behind what is held, the rest with the stream", () => {
  assert.deepEqual(prefillSteps(600, 0), [256, 512]);
  assert.deepEqual(prefillSteps(600, 100), [356]);
});

test("a very long one has no more than sixteen", () => {
  const steps = prefillSteps(100_000, 0);
  assert.equal(steps.length, 15);
  assert.equal(steps[0], 6_250);
});
