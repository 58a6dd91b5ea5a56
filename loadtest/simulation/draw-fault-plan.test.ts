import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { drawFaultPlan } from "./draw-fault-plan.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";

const workers = ["worker-1", "worker-2", "worker-3"];
const times = { fromMs: 1000, untilMs: 9000 };
const planOf = (seed: number): FaultPlan =>
  drawFaultPlan(new SeededRandom(seed, "faults"), workers, times);
const plans = Array.from({ length: 300 }, (_, seed) => planOf(seed));

test("every kind of fault is on in some seeds and off in others", () => {
  const kinds: Readonly<Record<Fault["kind"], true>> = {
    kill: true,
    pause: true,
    suspend: true,
    "clock-step": true,
    "hand-over": true,
    cut: true,
    "one-way-partition": true,
    "swizzle-clog": true,
    "store-away": true,
    "store-gone": true,
    "lease-storm": true,
    drain: true,
  };
  const shares: Record<string, (plan: FaultPlan) => boolean> = {
    loss: ({ links }) => links.loss > 0,
    duplication: ({ links }) => links.duplication > 0,
    delay: ({ links }) => links.delay > 0,
    reordering: ({ links }) => links.reordering > 0,
    "a troubled ledger": ({ ledger }) => ledger.trouble > 0,
    "a log that forgets": ({ ledger }) => ledger.logLoss > 0,
  };
  for (const kind of Object.keys(kinds)) {
    shares[kind] = ({ faults }) => faults.some((fault) => fault.kind === kind);
  }
  for (const [kind, isOn] of Object.entries(shares)) {
    const on = plans.filter(isOn).length;
    assert.ok(on > 30 && on < 290, `${kind} in ${on} of ${plans.length} seeds`);
  }
});

test("a plan is in order of time, within its times, and the same for the same seed", () => {
  for (const [seed, plan] of plans.entries()) {
    const at = plan.faults.map(({ atMs }) => atMs);
    assert.deepEqual(
      at,
      at.toSorted((a, b) => a - b),
    );
    assert.ok(at.every((ms) => ms >= times.fromMs && ms <= times.untilMs));
    assert.deepEqual(planOf(seed), plan);
  }
});

test("a swizzle clogs one process after the other, holds all of them, and lets go in some order", () => {
  let reordered = 0;
  for (const { faults } of plans) {
    for (const fault of faults) {
      if (fault.kind !== "swizzle-clog") continue;
      const { clogs } = fault;
      assert.equal(new Set(clogs.map(({ process }) => process)).size, clogs.length);
      const begins = clogs.map(({ fromMs }) => fromMs);
      const ends = clogs.map(({ fromMs, forMs }) => fromMs + forMs);
      assert.ok(Math.max(...begins) < Math.min(...ends), "there is a moment when all are clogged");
      assert.equal(new Set(ends).size, clogs.length, "one by one");
      if (String(ends) !== String(ends.toSorted((a, b) => a - b))) reordered++;
    }
  }
  assert.ok(reordered > 20, `${reordered} in another order`);
});
