import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultPlan } from "./fault-plan.ts";
import { noRefund } from "./planted/no-refund.ts";
import type { SeedResult } from "./run-seed.ts";
import { planSeed, runSeed } from "./run-seed.ts";

const firstSeeds = [1, 2, 3, 4, 5, 6];

const results = new Map<number, SeedResult>();

/** Run once, whoever looks at it. */
function resultOf(seed: number): SeedResult {
  const known = results.get(seed);
  if (known !== undefined) return known;
  const result = runSeed({ seed });
  results.set(seed, result);
  return result;
}

test("every promise holds while messages get lost, processes die and owners move", () => {
  for (const seed of firstSeeds) {
    const { violations, requests, simulatedMs, completed } = resultOf(seed);
    assert.deepEqual(violations, [], `npm run sim -- --seed ${seed}`);
    assert.ok(simulatedMs >= 60_000 && requests >= 200, `${requests} requests`);
    assert.ok(completed >= requests / 4, `only ${completed} of ${requests} completed`);
  }
});

test("six seeds together meet every kind of fault that the world can do", () => {
  const met: Record<string, number> = {};
  let claims = 0;
  for (const { faults, stress } of firstSeeds.map(resultOf)) {
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
  const seed = 1;
  const { plan } = planSeed({ seed });
  const { faults } = plan;
  const [first, , , later] = faults;
  assert.ok(first !== undefined && later !== undefined, "a plan with something to leave out");
  for (const left of [first, later]) {
    const aim = (): FaultPlan => ({ ...plan, faults: faults.filter((fault) => fault !== left) });
    const before = { seed, untilMs: left.atMs - 1 };
    assert.equal(runSeed({ ...before, aim }).traceHash, runSeed(before).traceHash);
    const after = { seed, untilMs: left.atMs + 1 };
    assert.notEqual(runSeed({ ...after, aim }).traceHash, runSeed(after).traceHash);
  }
});

test("a seed is a whole description: twice the same, another one different", () => {
  const [once, again] = [resultOf(1), runSeed({ seed: 1 })];
  assert.equal(again.traceHash, once.traceHash);
  assert.equal(again.arrivals, once.arrivals);
  assert.notEqual(resultOf(2).traceHash, once.traceHash);
});

test("a seed in which one checker's word is sought ends with it, and came as far as any other run of it", () => {
  const [bug, seed] = [noRefund, 1];
  const sought = runSeed({ ...bug, seed, soughtBy: bug.foundBy });
  assert.ok(sought.simulatedMs < 10_000 && sought.violations.length > 0, "it was found early");
  const other = runSeed({ ...bug, seed, untilMs: sought.simulatedMs });
  assert.deepEqual(sought.violations, other.violations);
  assert.equal(sought.traceHash, other.traceHash);
});
