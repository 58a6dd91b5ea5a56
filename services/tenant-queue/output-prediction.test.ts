import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AdapterDigest, PoolId } from "#shared/model/ids.ts";
import type { OutputPredictions, SeenOutput } from "./output-prediction.ts";
import { observeOutput, predictOutput } from "./output-prediction.ts";

const key = (pool: string) => ({ pool: pool as PoolId, adapterDigest: "" as AdapterDigest });

const whole = (outputTokens: number): SeenOutput => ({ outputTokens, isWhole: true });

/** A small published generator, so that the test needs no randomness: Park and Miller 1988. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function predictionAfter(outputs: readonly number[]): number {
  const predictions: OutputPredictions = new Map();
  for (const output of outputs) observeOutput(predictions, key("main"), whole(output));
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

test("whatever was seen before, what was cut off never lowers it, and raises it where it was longer", () => {
  const outputTokens = fc.nat({ max: 5000 });
  const seen = fc.record({ outputTokens, isWhole: fc.boolean() });
  const history = fc.array(seen, { maxLength: 60 });
  fc.assert(
    fc.property(history, fc.array(outputTokens, { minLength: 1, maxLength: 20 }), (before, cut) => {
      const predictions: OutputPredictions = new Map();
      for (const one of before) observeOutput(predictions, key("main"), one);
      for (const tokens of cut) {
        const known = predictOutput(predictions, key("main"));
        observeOutput(predictions, key("main"), { outputTokens: tokens, isWhole: false });
        const now = predictOutput(predictions, key("main"));
        assert.ok(
          tokens > known ? now > known : now >= known,
          `${known}, cut at ${tokens}: ${now}`,
        );
      }
    }),
  );
});

test("a hundred aborts after the first token leave it where the whole outputs put it", () => {
  const predictions: OutputPredictions = new Map();
  for (let round = 0; round < 50; round++) observeOutput(predictions, key("main"), whole(900));
  const known = predictOutput(predictions, key("main"));
  for (let round = 0; round < 100; round++) {
    observeOutput(predictions, key("main"), { outputTokens: 1, isWhole: false });
  }
  assert.equal(predictOutput(predictions, key("main")), known);
});

test("the number of keys is bounded, the longest unused goes first", () => {
  const predictions: OutputPredictions = new Map();
  observeOutput(predictions, key("first"), whole(900));
  for (let index = 0; index < 1023; index++)
    observeOutput(predictions, key(`p${index}`), whole(900));
  observeOutput(predictions, key("first"), whole(900));
  observeOutput(predictions, key("one-more"), whole(900));
  assert.equal(predictions.size, 1024);
  assert.ok(predictOutput(predictions, key("first")) > 128);
  assert.equal(predictOutput(predictions, key("p0")), 128);
});
