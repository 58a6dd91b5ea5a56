import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Growth } from "./projected-peak.ts";
import { projectedPeakBlocks } from "./projected-peak.ts";

const blockTokens = 16;
const blocksOf = (tokens: number): number => blocksFor(tokens, blockTokens);

/** Step by step, what they hold in truth. */
function truePeak(growths: readonly Growth[]): number {
  const steps = Math.max(...growths.map(({ leftTokens }) => leftTokens));
  let peak = 0;
  for (let step = 0; step <= steps; step++) {
    const there = growths.filter(({ leftTokens }) => leftTokens >= step);
    const held = there.reduce((sum, { heldTokens }) => sum + blocksOf(heldTokens + step), 0);
    peak = Math.max(peak, held);
  }
  return peak;
}

const growth = fc.record({ heldTokens: fc.nat(300), leftTokens: fc.nat(200) });

test("the projection is never below what sequences come to hold, and at most a block each above", () => {
  fc.assert(
    fc.property(fc.array(growth, { minLength: 1, maxLength: 12 }), (growths) => {
      const truth = truePeak(growths);
      const projected = projectedPeakBlocks(growths, blockTokens);
      assert.ok(projected >= truth, `${projected} for ${truth}`);
      assert.ok(projected <= truth + growths.length, `${projected} for ${truth}`);
    }),
    { numRuns: 300 },
  );
});

interface Running {
  readonly outputTokens: number;
  decoded: number;
}

type Fits = (running: readonly Running[], outputTokens: number) => boolean;

const poolBlocks = 625;
const promptTokens = 256;

const bySum: Fits = (running, outputTokens) =>
  running.reduce((sum, one) => sum + blocksOf(promptTokens + one.outputTokens), 0) +
    blocksOf(promptTokens + outputTokens) <=
  poolBlocks;

const byPeak: Fits = (running, outputTokens) => {
  const growths = running.map((one) => ({
    heldTokens: promptTokens + one.decoded,
    leftTokens: one.outputTokens - one.decoded,
  }));
  growths.push({ heldTokens: promptTokens, leftTokens: outputTokens });
  return projectedPeakBlocks(growths, blockTokens) <= poolBlocks;
};

/** Steps of one token each over a pool of 10,000 tokens, always backlogged; lengths are known exactly. */
function meanRunning(fits: Fits, lengthOf: () => number): { mean: number; peakBlocks: number } {
  const steps = 4000;
  let running: Running[] = [];
  let next = lengthOf();
  let sum = 0;
  let peakBlocks = 0;
  for (let step = 0; step < steps; step++) {
    while (fits(running, next)) {
      running.push({ outputTokens: next, decoded: 0 });
      next = lengthOf();
    }
    for (const one of running) one.decoded += 1;
    const held = running.reduce((all, one) => all + blocksOf(promptTokens + one.decoded), 0);
    peakBlocks = Math.max(peakBlocks, held);
    sum += running.length;
    running = running.filter(({ outputTokens, decoded }) => decoded < outputTokens);
  }
  return { mean: sum / steps, peakBlocks };
}

test("with lengths known exactly it runs a quarter more sequences than summed bookings, and never too many", () => {
  const mixed = (): (() => number) => {
    const random = new SeededRandom(1, "lengths");
    return () => random.between(1, 511);
  };
  const summed = meanRunning(bySum, mixed());
  const projected = meanRunning(byPeak, mixed());
  assert.ok(projected.peakBlocks <= poolBlocks && summed.peakBlocks <= poolBlocks);
  assert.ok(projected.mean > 1.25 * summed.mean, `${projected.mean} to ${summed.mean}`);
});

test("requests of one length, all there from the beginning, run in waves: it gains nothing there", () => {
  const summed = meanRunning(bySum, () => 256);
  const projected = meanRunning(byPeak, () => 256);
  assert.deepEqual([summed.mean, projected.mean], [19, 19]);
});
