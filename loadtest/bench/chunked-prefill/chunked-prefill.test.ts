import assert from "node:assert/strict";
import { test } from "node:test";
import { generateWorkload } from "#loadtest/load/generators.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { bears, CapacitySearch, rateAt } from "./capacity.ts";
import { OpenLoop } from "./open-loop.ts";
import { variants } from "./variants.ts";

const specOf = (fields: Partial<SimulatedEngineSpec> = {}): SimulatedEngineSpec => ({
  kind: "simulated",
  profile: "qwen25_72b/tp2/fp8",
  gpus: 2,
  kvBlocks: 14_000,
  kvBlockTokens: 16,
  sequencesMax: 64,
  stepTokensMax: 512,
  adapterSlots: 0,
  batching: "fifo",
  timeScale: 1,
  ...fields,
});

test("gaps between tokens are the steps between them, a prompt beside them or not", () => {
  const requests = [
    { atMs: 0, promptTokens: 64, outputTokens: 60 },
    { atMs: 500, promptTokens: 2000, outputTokens: 2 },
    { atMs: 900, promptTokens: 64, outputTokens: 2 },
  ];
  const cut = new OpenLoop(specOf(), requests).run();
  const whole = new OpenLoop(specOf({ chunking: "whole" }), requests).run();
  // G(2001) and more in one step, against a budget of 512.
  assert.ok(whole.itlP99Ms > 100 && whole.itlP99Ms < 180, `${whole.itlP99Ms} ms uncut`);
  assert.ok(cut.itlP99Ms > 40 && cut.itlP99Ms < 55, `${cut.itlP99Ms} ms cut`);
});

test("what finds no place waits before the engine, and a queue that grows is given up", () => {
  const many = Array.from({ length: 400 }, (_, at) => ({
    atMs: at,
    promptTokens: 100,
    outputTokens: 100,
  }));
  assert.ok(new OpenLoop(specOf({ sequencesMax: 8 }), many).run().isOverrun);
  assert.ok(!new OpenLoop(specOf({ sequencesMax: 8 }), many.slice(0, 200)).run().isOverrun);
});

test("a rate is borne within the target, without a queue", () => {
  const figures = { itlP99Ms: 50, ttftP90Ms: 900, outputTokensPerS: 1, isOverrun: false };
  assert.ok(bears(figures, 50));
  assert.ok(!bears(figures, 49));
  assert.ok(!bears({ ...figures, ttftP90Ms: 5001 }, 50));
  assert.ok(!bears({ ...figures, isOverrun: true }, 50));
});

test("whole tiles bear more than a step of one token past them, and the capacity lies on the grid", () => {
  const { requests } = generateWorkload("conversation", { seed: 1, durationMs: 20_000 });
  const perS = (fields: Partial<SimulatedEngineSpec>): number =>
    new CapacitySearch(specOf(fields), requests).capacity(60)?.perS ?? 0;
  const aligned = perS({});
  const misaligned = perS({ stepTokensMax: 513, alignTokens: 1 });
  assert.ok(aligned > 2 * misaligned, `${aligned} a second against ${misaligned}`);
  const place = Math.log(aligned / rateAt(0)) / Math.log(rateAt(1) / rateAt(0));
  assert.ok(Math.abs(place - Math.round(place)) < 1e-9);
});

test("no variant but the misaligned ones is told to leave the tiles", () => {
  for (const { name, terms } of variants) {
    assert.equal(terms.alignTokens, name === "misaligned" ? 1 : undefined);
  }
});
