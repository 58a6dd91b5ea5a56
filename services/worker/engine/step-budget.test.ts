import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { runOf, tokensOf } from "./engine.cases.ts";
import { overTile, stepBudget } from "./step-budget.ts";
import { startVirtualEngine } from "./virtual-engine.ts";

const specOf = (fields: Partial<SimulatedEngineSpec>): SimulatedEngineSpec => ({
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 1000,
  kvBlockTokens: 16,
  sequencesMax: 8,
  stepTokensMax: 2048,
  adapterSlots: 2,
  timeScale: 1,
  ...fields,
});

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

const stepSizes = (spec: Partial<SimulatedEngineSpec>, prompts: readonly number[]): number[] => {
  const engine = startVirtualEngine(specOf({ batching: "fifo", ...spec }));
  engine.tell({ kind: "boot" });
  const decoding = runOf({ tokens: 16, outputTokensMax: 50, ignoreEos: true });
  engine.tell(decoding);
  engine.until(() => tokensOf(engine.heard, decoding).length > 0);
  for (const tokens of prompts) engine.tell(runOf({ tokens, outputTokensMax: 50 }));
  engine.fireNext();
  return prompts.map(() => {
    const { batch } = engine.replica.step ?? { batch: [] };
    const size = batch.reduce((sum, { stepTokens }) => sum + stepTokens, 0);
    engine.fireNext();
    return size;
  });
};

test("a chunk beside the decodes is as large whatever decodes", () => {
  const spec = { stepTokensMax: 512, profile: "llama3_8b/tp1/fp8" };
  assert.deepEqual(stepSizes(spec, [500, 3000]), [512, 512]);
  assert.deepEqual(stepSizes({ ...spec, chunking: "beside" }, [500, 3000]), [513, 514]);
});

test("uncut prompts share a step while they fit, and one larger than a step has it alone", () => {
  const spec = { stepTokensMax: 1024, chunking: "whole" } as const;
  assert.deepEqual(stepSizes(spec, [600, 400, 3000]), [1001, 3003, 4]);
});

test("a budget that is told to align to nothing is itself", () => {
  const spec = { stepTokensMax: 513, profile: "llama3_8b/tp1/fp8" };
  assert.deepEqual(stepSizes(spec, [3000, 10]), [512, 512]);
  assert.deepEqual(stepSizes({ ...spec, alignTokens: 1 }, [3000, 10]), [513, 513]);
});

test("a replica's own host time is in each of its steps", () => {
  const endMs = (hostMs?: number): number => {
    const engine = startVirtualEngine(specOf(hostMs === undefined ? {} : { hostMs }));
    engine.tell({ kind: "boot" });
    engine.tell(runOf({ outputTokensMax: 5, ignoreEos: true, seed: "host" }));
    while (engine.fireNext());
    return engine.nowMs();
  };
  assert.ok(Math.abs(endMs(2.5) - endMs() - 5 * 2) < 1e-6);
});
