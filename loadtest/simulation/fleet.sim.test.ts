import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultPlan } from "./fault-plan.ts";
import { findPlanted } from "./find-planted.ts";
import { plantedBugs } from "./planted-bugs.ts";
import { planSeed, runSeed } from "./run-seed.ts";

const firstSeeds = [1, 2, 3, 4, 5, 6];

test("every promise holds while messages get lost, processes die and owners move", () => {
  for (const seed of firstSeeds) {
    const { violations, requests, simulatedMs, completed } = runSeed({ seed });
    assert.deepEqual(violations, [], `npm run sim -- --seed ${seed}`);
    assert.ok(simulatedMs >= 60_000 && requests >= 200, `${requests} requests`);
    assert.ok(completed >= requests / 4, `only ${completed} of ${requests} completed`);
  }
});

test("six seeds together meet every kind of fault that the world can do", () => {
  const met: Record<string, number> = {};
  let claims = 0;
  for (const seed of firstSeeds) {
    const { faults, stress } = runSeed({ seed });
    for (const [kind, times] of Object.entries(faults)) met[kind] = (met[kind] ?? 0) + times;
    claims = Math.max(claims, stress["owner.claimed"] ?? 0);
  }
  for (const kind of ["lost", "duplicated", "delayed", "reordered", "cut off", "kill", "pause"]) {
    assert.ok((met[kind] ?? 0) > 0, `nothing ${kind}`);
  }
  // Ten keys of owners and nine registrations are claimed without any fault.
  assert.ok(claims > 28, "no owner moved");
});

const quiet = { loss: 0, duplication: 0, delay: 0, reordering: 0, lateMs: 0 };
const only = (fault: FaultPlan["faults"][number]): FaultPlan => ({
  links: quiet,
  ledger: { trouble: 0, logLoss: 0 },
  faults: [fault],
});

for (const fault of [
  { kind: "one-way-partition", unheard: ["worker-1", "edge-a"], forMs: 4000, atMs: 8000 },
  {
    kind: "swizzle-clog",
    clogs: [
      { process: "worker-2", fromMs: 0, forMs: 3000 },
      { process: "control-a", fromMs: 700, forMs: 900 },
      { process: "edge-b", fromMs: 1400, forMs: 2000 },
    ],
    atMs: 8000,
  },
  { kind: "suspend", process: "control-b", forMs: 8000, atMs: 8000 },
  { kind: "clock-step", process: "control-c", byMs: 3000, atMs: 8000 },
] as const) {
  test(`a ${fault.kind} alone is borne`, () => {
    const { violations, faults } = runSeed({ seed: 5, aim: () => only(fault) });
    assert.deepEqual(violations, []);
    assert.equal(faults[fault.kind], 1);
    const isParting = fault.kind === "one-way-partition" || fault.kind === "swizzle-clog";
    assert.equal((faults["cut off"] ?? 0) > 0, isParting);
  });
}

test("a fault left out of the plan changes nothing before its time", () => {
  const seed = 2;
  const { plan } = planSeed({ seed });
  const [...faults] = plan.faults;
  assert.ok(faults.length >= 3, "a plan with something to leave out");
  for (const left of faults.slice(-2)) {
    const aim = (): FaultPlan => ({ ...plan, faults: faults.filter((fault) => fault !== left) });
    const before = { seed, untilMs: left.atMs - 1, tail: 1 };
    assert.equal(runSeed({ ...before, aim }).traceHash, runSeed(before).traceHash);
    const after = { ...before, untilMs: left.atMs + 1 };
    assert.notEqual(runSeed({ ...after, aim }).traceHash, runSeed(after).traceHash);
  }
});

test("a seed is a whole description: twice the same, another one different", () => {
  const once = runSeed({ seed: 42 });
  const again = runSeed({ seed: 42 });
  assert.equal(again.traceHash, once.traceHash);
  assert.equal(again.arrivals, once.arrivals);
  assert.notEqual(runSeed({ seed: 43 }).traceHash, once.traceHash);
});

for (const bug of plantedBugs) {
  test(`the planted bug ${bug.name} is found, and nothing is without it`, () => {
    const finding = findPlanted(bug, [1, 2, 3, 4, 5, 6]);
    assert.ok(finding.seed !== undefined, `not found within ${finding.seedsRun} seeds`);
    if (bug.aim === undefined) return;
    assert.deepEqual(runSeed({ seed: finding.seed, aim: bug.aim }).violations, []);
  });
}
