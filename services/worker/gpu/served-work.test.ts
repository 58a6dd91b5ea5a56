import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { runOf } from "#services/worker/engine/engine.cases.ts";
import { flopsOf, modelFlops } from "./model-flops.ts";
import { ServedWork } from "./served-work.ts";

const flops = modelFlops({
  parameters: 8e9,
  wideParameters: 1e9,
  layers: 32,
  heads: 32,
  headDim: 128,
});

const timeOf = (...tenants: readonly string[]): GpuTime => ({
  kind: "gpu-time",
  upUs: 0,
  wallUs: 1_000_000,
  gpus: 1,
  sequencesUs: 0,
  overheadUs: 0,
  idleUs: 1_000_000,
  tenants: tenants.map((tenant) => ({ tenant: tenant as TenantId, gpuUs: 0 })),
});

const stepOf = (key: string, totals: { prefill: number; output: number; cached?: number }) =>
  ({
    kind: "step",
    usedBlocks: 0,
    freeBlocks: 0,
    outputs: [
      {
        sequence: key,
        tokens: [],
        blocks: 0,
        totals: {
          ...nothingExecuted,
          prefillTokens: totals.prefill,
          outputTokens: totals.output,
          cachedTokens: totals.cached ?? 0,
        },
      },
    ],
  }) as const;

test("a prompt and its outputs cost a pass for each token but the last", () => {
  const work = new ServedWork(flops);
  const run = runOf({ tokens: 100 });
  work.run(run);
  work.heard(stepOf(run.sequence, { prefill: 100, output: 1 }));
  work.heard(stepOf(run.sequence, { prefill: 100, output: 11 }));
  const { work: told, tenants } = work.addTo(timeOf(run.tenant), undefined);
  // Token n of the output is computed with n others behind the prompt.
  const pairs = 100 * 50 + Array.from({ length: 10 }, (_, n) => 101 + n).reduce((a, b) => a + b);
  const expected = flopsOf(flops, { tokens: 110, outputs: 11, pairs }) / 1e9;
  assert.equal(told?.gflop, Math.floor(expected));
  assert.equal(told?.megabytes, undefined);
  assert.equal(tenants?.[0]?.gflop, told?.gflop);
});

test("what was cached is attended to and not computed", () => {
  const [cold, warm] = [new ServedWork(flops), new ServedWork(flops)];
  const run = runOf({ tokens: 100 });
  const gflopOf = (work: ServedWork, prefill: number, cached: number): number => {
    work.run(run);
    work.heard(stepOf(run.sequence, { prefill, output: 0, cached }));
    return work.addTo(timeOf(run.tenant), undefined).work?.gflop ?? 0;
  };
  assert.equal(
    gflopOf(cold, 100, 0),
    Math.floor((100 * flops.perToken + 5000 * flops.perPair) / 1e9),
  );
  assert.equal(
    gflopOf(warm, 20, 80),
    Math.floor((20 * flops.perToken + 1800 * flops.perPair) / 1e9),
  );
});

test("tenants add up to the whole, however totals come, repeat and end", () => {
  const moves = fc.array(
    fc.record({ who: fc.nat(5), prefill: fc.nat(300), output: fc.nat(9), ends: fc.boolean() }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(moves, (list) => {
      const work = new ServedWork(flops);
      const runs = Array.from({ length: 6 }, (_, index) => ({
        ...runOf({ tokens: 400 }),
        sequence: `s${index}.1`,
        tenant: `t${index % 3}` as TenantId,
      }));
      const totals = runs.map(() => ({ prefill: 0, output: 0 }));
      for (const run of runs) work.run(run);
      for (const { who, prefill, output, ends } of list) {
        const [run, total] = [runs[who], totals[who]];
        if (run === undefined || total === undefined) continue;
        total.prefill += prefill;
        total.output += output;
        work.heard(stepOf(run.sequence, total));
        work.heard(stepOf(run.sequence, total));
        if (!ends) continue;
        work.heard({ kind: "sequence-stopped", sequence: run.sequence, totals: nothingExecuted });
      }
      const told = work.addTo(timeOf("t0", "t1", "t2"), undefined);
      const sum = (told.tenants ?? []).reduce((all, { gflop = 0 }) => all + gflop, 0);
      assert.equal(sum, told.work?.gflop);
    }),
  );
});
