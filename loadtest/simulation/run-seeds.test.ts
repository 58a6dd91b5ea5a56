import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeedOptions, SeedResult } from "./run-seed.ts";
import { runTwice } from "./run-seeds.ts";

function hashing(hashes: readonly string[]): (options: SeedOptions) => SeedResult {
  const left = [...hashes];
  return ({ seed }) => ({
    seed,
    violations: [],
    traceHash: left.shift() ?? "none left",
    arrivals: 0,
    simulatedMs: 0,
    wallMs: 0,
    requests: 0,
    completed: 0,
    failedWith: {},
    faults: {},
    stress: {},
    causesOfPreemption: {},
    tail: [],
  });
}

test("a seed that comes out otherwise the second time has failed", () => {
  assert.deepEqual(runTwice(50, hashing(["a", "a"])).violations, []);
  const [violation, ...others] = runTwice(50, hashing(["a", "b"])).violations;
  assert.equal(violation?.checker, "a-seed-is-one-schedule");
  assert.deepEqual(others, []);
});
