import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulationWanted } from "./command-line.ts";
import type { SeedOptions, SeedResult } from "./run-seed.ts";
import { runSeeds } from "./run-seeds.ts";
import { runTwice } from "./simulation-task.ts";

function hashing(hashes: readonly string[]): (options: SeedOptions) => SeedResult {
  const left = [...hashes];
  return ({ seed }) => ({
    seed,
    violations: [],
    traceHash: left.shift() ?? "none left",
    arrivals: 0,
    simulatedMs: 0,
    wallMs: 0,
    cpuMs: 0,
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

const twoSeeds: SimulationWanted = {
  kind: "simulate",
  seeds: 2,
  firstSeed: 1,
  jobs: 1,
  isPlanted: false,
  isQuiet: true,
  shrinkSeconds: 0,
  secondsMax: undefined,
  untilMs: undefined,
  tail: 0,
};

test("a seed comes out the same in a thread of its own; once the time is up no further one begins", async () => {
  const here = await runSeeds({ ...twoSeeds, secondsMax: 0.001 }, () => {});
  const thread = await runSeeds({ ...twoSeeds, seeds: 1, jobs: 2 }, () => {});
  assert.deepEqual([here.seeds, here.jobs, thread.seeds, thread.jobs], [1, 1, 1, 2]);
  assert.ok(here.events > 10_000 && here.events_per_s_per_core > 0 && here.seeds_per_minute > 0);
  for (const what of ["events", "failed", "completed", "ends", "faults", "stress"] as const) {
    assert.deepEqual(thread[what], here[what], what);
  }
});
