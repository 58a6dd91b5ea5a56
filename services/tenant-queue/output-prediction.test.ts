import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, PoolId } from "#shared/model/ids.ts";
import type { OutputPredictions } from "./output-prediction.ts";
import { observeOutput, predictOutput } from "./output-prediction.ts";

const key = (pool: string) => ({ pool: pool as PoolId, adapterDigest: "" as AdapterDigest });

/** A small published generator, so that the test needs no randomness: Park and Miller 1988. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function predictionAfter(outputs: readonly number[]): number {
  const predictions: OutputPredictions = new Map();
  for (const output of outputs) observeOutput(predictions, key("main"), output);
  return predictOutput(predictions, key("main"));
}

test("nothing seen: 128", () => {
  assert.equal(predictOutput(new Map(), key("main")), 128);
});

test("it settles near the third quartile of what was seen", () => {
  const next = uniform(7);
  const outputs = Array.from({ length: 2000 }, () => Math.floor(next() * 400));
  const last = Array.from({ length: 200 }, (_, index) =>
    predictionAfter(outputs.slice(0, 1800 + index)),
  );
  const mean = last.reduce((sum, each) => sum + each, 0) / last.length;
  assert.ok(Math.abs(mean - 300) < 45, `mean prediction ${mean}`);
});

test("it follows a tenant that changes, up and down", () => {
  const long = Array.from({ length: 150 }, () => 4000);
  const short = Array.from({ length: 300 }, () => 20);
  assert.ok(predictionAfter(long) > 3500);
  assert.ok(predictionAfter([...long, ...short]) < 40);
});

test("it is an integer of at least one token", () => {
  const prediction = predictionAfter(Array.from({ length: 5000 }, () => 0));
  assert.equal(prediction, 1);
});

test("the number of keys is bounded, the longest unused goes first", () => {
  const predictions: OutputPredictions = new Map();
  observeOutput(predictions, key("first"), 900);
  for (let index = 0; index < 1023; index++) observeOutput(predictions, key(`p${index}`), 900);
  observeOutput(predictions, key("first"), 900);
  observeOutput(predictions, key("one-more"), 900);
  assert.equal(predictions.size, 1024);
  assert.ok(predictOutput(predictions, key("first")) > 128);
  assert.equal(predictOutput(predictions, key("p0")), 128);
});
