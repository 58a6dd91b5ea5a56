import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { chargeStep, startGpuTime } from "./gpu-time.ts";

// Each has its cost's part of a step's kernels: what the step costs whoever is in it is in each cost already (a product's and an
// attention kernel's fixed parts, by tokens and by sequences), so neither order nor how many carry the rest can move it.

const partOf = (name: string, stepCostMs: number): EngineSequence =>
  ({
    key: name,
    share: { tenant: name as TenantId },
    adapterDigest: "" as AdapterDigest,
    isDecoding: true,
    computedTokens: 10,
    recomputeUntilTokens: 0,
    stepTokens: 1,
    stepCostMs,
    stepAttentionMs: stepCostMs / 3,
    stepAdapterMs: 0,
    stepFlops: 0,
    stepBytes: 0,
    cost: { gpuUs: 0 },
  }) as unknown as EngineSequence;

/** By name, of one step of 10 ms with 1 ms of the host's. */
function shares(costs: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const batch = costs.map(([name, costMs]) => partOf(name, costMs));
  const work = { flops: 0, bytes: 0 };
  chargeStep(startGpuTime(2, 0), { endUs: 10_000, kernelUs: 9_000, work }, batch);
  return new Map(batch.map(({ key, cost }) => [key, cost.gpuUs]));
}

const costs = [
  ["a", 0.1],
  ["b", 1.7],
  ["c", 0.33],
  ["d", 4.2],
  ["e", 0.007],
] as const;

function* ordersOf<Each>(all: readonly Each[]): Generator<readonly Each[]> {
  if (all.length <= 1) yield all;
  for (const [at, first] of all.entries()) {
    for (const rest of ordersOf(all.toSpliced(at, 1))) yield [first, ...rest];
  }
}

test("a request's share of a step does not depend on its place in the batch, to a microsecond", () => {
  const allMs = costs.reduce((sum, [, costMs]) => sum + costMs, 0);
  for (const order of ordersOf(costs)) {
    const had = shares(order);
    assert.equal(
      [...had.values()].reduce((sum, us) => sum + us, 0),
      18_000,
    );
    for (const [name, costMs] of costs) {
      assert.ok(Math.abs((had.get(name) ?? 0) - (18_000 * costMs) / allMs) <= 1, name);
    }
  }
});

test("nor on whether its mates are one or many of the same cost", () => {
  const alone = shares([
    ["a", 2],
    ["b", 6],
  ]).get("a");
  for (const mates of [2, 3, 60, 600]) {
    const many = Array.from({ length: mates }, (_, at) => [`b${at}`, 6 / mates] as const);
    const beside = shares([["a", 2], ...many]).get("a");
    assert.ok(Math.abs((beside ?? 0) - (alone ?? 0)) <= 1, `${beside} beside ${mates}`);
    const behind = shares([...many, ["a", 2]]).get("a");
    assert.ok(Math.abs((behind ?? 0) - (alone ?? 0)) <= 1, `${behind} behind ${mates}`);
  }
});
