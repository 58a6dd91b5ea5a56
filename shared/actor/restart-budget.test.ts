import assert from "node:assert/strict";
import { test } from "node:test";
import { spendRestart, startRestartBudget } from "./restart-budget.ts";

const limits = { restartsMax: 2, restartsWithinMs: 1_000 };

test("the restart after the last one of the budget is a stop", () => {
  const budget = startRestartBudget();
  const outcomes = [0, 10, 20].map((nowMs) => spendRestart(budget, nowMs, limits));
  assert.deepEqual(outcomes, ["restart", "restart", "stop"]);
});

test("restarts older than the period no longer count", () => {
  const budget = startRestartBudget();
  const outcomes = [0, 500, 1_000, 1_400, 1_500].map((nowMs) =>
    spendRestart(budget, nowMs, limits),
  );
  assert.deepEqual(outcomes, ["restart", "restart", "restart", "stop", "restart"]);
  assert.ok(budget.restartedAtMs.length <= limits.restartsMax);
});
