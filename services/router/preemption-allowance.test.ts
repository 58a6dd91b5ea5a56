import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PreemptionAllowance } from "./preemption-allowance.ts";

test("whatever is executed and asked for, no more is thrown away than half a hundredth of the work and what it begins with", () => {
  const happening = fc.record({
    executed: fc.nat({ max: 50_000_000 }),
    wasted: fc.nat({ max: 5_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
      const allowance = new PreemptionAllowance();
      let executedCost = 0;
      let wastedCost = 0;
      for (const { executed, wasted } of happenings) {
        allowance.earn(executed);
        executedCost += executed;
        if (wasted > allowance.leftCost) continue;
        allowance.spend(wasted);
        wastedCost += wasted;
      }
      assert.ok(wastedCost <= 8_000_000 + executedCost / 200);
    }),
  );
});

test("small pieces of work earn as much as large ones", () => {
  const allowance = new PreemptionAllowance();
  allowance.spend(8_000_000);
  for (let piece = 0; piece < 1000; piece++) allowance.earn(30);
  assert.equal(allowance.leftCost, 150);
});
