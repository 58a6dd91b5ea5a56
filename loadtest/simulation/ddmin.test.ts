import assert from "node:assert/strict";
import { test } from "node:test";
import { ddmin } from "./ddmin.ts";

const hundred = Array.from({ length: 100 }, (_, number) => number);
const never = (): boolean => false;

test("what is left is what fails, and nothing of it can be spared", () => {
  for (const culprits of [[], [0], [99], [17, 18], [3, 50, 98]]) {
    let trials = 0;
    const fails = (items: readonly number[]): boolean => {
      trials++;
      return culprits.every((culprit) => items.includes(culprit));
    };
    assert.deepEqual(ddmin(hundred, { fails, isSpent: never }), culprits);
    assert.ok(trials < 90, `${trials} trials`);
  }
});

test("when the budget is spent, what has been reached still fails", () => {
  let trials = 0;
  const fails = (items: readonly number[]): boolean => {
    trials++;
    return items.includes(40) && items.includes(60);
  };
  const reached = ddmin(hundred, { fails, isSpent: () => trials >= 6 });
  assert.equal(trials, 6);
  assert.ok(reached.length < 100 && reached.length > 2, `${reached.length} left`);
  assert.ok(fails(reached));
});
