import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultPlan } from "./fault-plan.ts";
import { atomsOf, planOf } from "./plan-atoms.ts";

const plan: FaultPlan = {
  links: { loss: 0.1, duplication: 0, delay: 0.01, reordering: 0.03, lateMs: 400 },
  ledger: { trouble: 0.3, logLoss: 0 },
  faults: [
    { kind: "kill", process: "worker-1", downMs: 300, atMs: 4000 },
    { kind: "store-away", process: "edge-a", forMs: 900, atMs: 5000 },
  ],
};

test("all atoms of a plan make the plan, and none of them one without faults", () => {
  const atoms = atomsOf(plan);
  assert.equal(atoms.length, 6);
  assert.deepEqual(planOf(plan, atoms), plan);
  assert.deepEqual(atomsOf(planOf(plan, [])), []);
});

test("an atom left out is missing, and nothing else changes", () => {
  const [, ...rest] = atomsOf(plan);
  assert.deepEqual(planOf(plan, rest), { ...plan, faults: plan.faults.slice(1) });
  const lossless = atomsOf(plan).filter((atom) => !("name" in atom && atom.name === "loss"));
  assert.deepEqual(planOf(plan, lossless), { ...plan, links: { ...plan.links, loss: 0 } });
});
