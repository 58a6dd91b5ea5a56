import assert from "node:assert/strict";
import { test } from "node:test";
import { PromptBudget } from "./prompt-budget.ts";

const learnt = (tokensPerSecond: number, steps: number): number => {
  const budget = new PromptBudget(512);
  for (let step = 0; step < steps; step++) {
    budget.learn(budget.tokens, (budget.tokens / tokensPerSecond) * 1_000);
  }
  return budget.tokens;
};

test("a step's prompts take about a fifth of a second, however fast the machine is", () => {
  assert.equal(learnt(1_000, 10), 200);
  assert.equal(learnt(100, 10), 20);
});

test("it stays within what a step may have, and above what would not move", () => {
  assert.equal(learnt(1_000_000, 10), 512);
  assert.equal(learnt(1, 10), 16);
});

test("it at most doubles from step to step: one measurement may be wrong", () => {
  assert.equal(learnt(1_000_000, 1), 64);
});

test("steps with hardly a prompt token teach nothing", () => {
  const budget = new PromptBudget(512);
  budget.learn(1, 500);
  assert.equal(budget.tokens, 32);
});
