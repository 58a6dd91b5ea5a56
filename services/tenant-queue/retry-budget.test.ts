import assert from "node:assert/strict";
import { test } from "node:test";
import { earnRetry, noRetryBudget, spendRetry } from "./retry-budget.ts";

test("the loss of all that may run at once is made good, and then a tenth of what is admitted", () => {
  const budget = noRetryBudget();
  for (let stream = 0; stream < 64; stream++) assert.equal(spendRetry(budget, 64), 0);
  assert.equal(spendRetry(budget, 64), 1000);
  let again = 0;
  for (let admitted = 0; admitted < 1005; admitted++) {
    earnRetry(budget, 64);
    if (spendRetry(budget, 64) === 0) again += 1;
  }
  assert.equal(again, 100);
});

test("what is saved up is bounded, and a tenant of one stream at a time has some", () => {
  const budget = noRetryBudget();
  for (let admitted = 0; admitted < 10_000; admitted++) earnRetry(budget, 1);
  let again = 0;
  while (spendRetry(budget, 1) === 0) again += 1;
  assert.equal(again, 16);
});
