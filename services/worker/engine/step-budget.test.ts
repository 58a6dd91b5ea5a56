import assert from "node:assert/strict";
import { test } from "node:test";
import { overTile, stepBudget } from "./step-budget.ts";

test("a budget is whole tiles", () => {
  assert.equal(stepBudget({ stepTokensMax: 2048, decodes: 3 }, 256), 2048);
  assert.equal(stepBudget({ stepTokensMax: 600, decodes: 3 }, 256), 512);
  assert.equal(stepBudget({ stepTokensMax: 600, decodes: 3 }, 1), 600);
});

test("a budget below a tile is itself, and decodes beyond whole tiles all run", () => {
  assert.equal(stepBudget({ stepTokensMax: 100, decodes: 3 }, 256), 100);
  assert.equal(stepBudget({ stepTokensMax: 600, decodes: 520 }, 256), 600);
});

test("tokens that would just begin another tile are left to the next step", () => {
  assert.equal(overTile({ decodes: 200, prefillTokens: 60 }, 256), 4);
  assert.equal(overTile({ decodes: 0, prefillTokens: 300 }, 256), 44);
});

test("a tile that is worth its price is begun", () => {
  assert.equal(overTile({ decodes: 0, prefillTokens: 256 + 65 }, 256), 0);
  assert.equal(overTile({ decodes: 0, prefillTokens: 300 }, 1), 0);
});

test("decodes alone above a tile are no reason to compute no prompt, and a short tail does not crawl", () => {
  assert.equal(overTile({ decodes: 257, prefillTokens: 10 }, 256), 0);
  assert.equal(overTile({ decodes: 255, prefillTokens: 60 }, 256), 0);
});
