import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GpuGroup } from "#shared/model/gpu-cost.ts";
import { noGpuLines, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuRate } from "#shared/model/gpu-rates.ts";
import type { ShapeTime } from "#shared/model/gpu-shapes.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { parseDecimal } from "#shared/model/money.ts";
import { shapeCosts } from "./shape-costs.ts";
import type { UsageGroup } from "./usage-groups.ts";

const rate: GpuRate = {
  workerType: "*",
  zone: "*",
  currency: "USD",
  perGpuHour: "3.600000007",
  fromEpochMs: 0,
  toEpochMs: null,
};

const usageOf = (tenant: string, pool: string, gpuUs: number, adapterDigest = ""): UsageGroup => ({
  shape: { tenant, model: "m", adapterDigest, poolClass: "interactive" },
  pool,
  zone: "z",
  workerType: "t",
  bucket: 1,
  requests: 1,
  promptTokens: 100,
  cachedTokens: 0,
  outputTokens: 10,
  gpuUs,
  prefillMs: 30,
  decodeMs: 70,
  preemptions: 0,
  attempts: 1,
});

const groupOf = (pool: string, lines: Partial<GpuGroup["lines"]>): GpuGroup => ({
  pool,
  zone: "z",
  workerType: "t",
  rate,
  lines: { ...noGpuLines, ...lines },
  tenants: [],
});

const shapeOf = (tenant: string, adapterDigest: string, fields: Partial<ShapeTime>): ShapeTime => ({
  pool: "p",
  zone: "z",
  workerType: "t",
  bucket: 1,
  tenant: tenant as TenantId,
  adapterDigest: adapterDigest as AdapterDigest,
  prefillUs: 0,
  decodeUs: 0,
  adapterUs: 0,
  recomputeUs: 0,
  loadUs: 0,
  loads: 0,
  ...fields,
});

const us = fc.integer({ min: 0, max: 10_000_000_000 });

test("shapes and what is of none add up to every line to the microsecond, and money to their price", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ requestsUs: us, idleUs: us, loadUs: us, toldLoadUs: us }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(
        fc.record({
          tenant: fc.constantFrom("a", "b", "c"),
          pool: fc.integer({ min: 0, max: 4 }),
          adapter: fc.constantFrom("", "d1", "d2"),
          gpuUs: us,
        }),
        { maxLength: 8 },
      ),
      (pools, used) => {
        const groups = pools.map(({ requestsUs, idleUs, loadUs }, index) =>
          groupOf(`p${index}`, { decodeUs: requestsUs, idleUs, loadUs }),
        );
        const shapes = pools.map(({ toldLoadUs }, index) => ({
          ...shapeOf("", "d1", { loadUs: toldLoadUs, loads: 1 }),
          pool: `p${index}`,
        }));
        const costs = shapeCosts({
          groups,
          usage: used.map(({ tenant, pool, adapter, gpuUs }) =>
            usageOf(tenant, `p${pool}`, gpuUs, adapter),
          ),
          shapes,
          rates: [rate],
          currency: "USD",
        });
        const linesUs = groups.reduce((sum, { lines }) => sum + sumOfLines(lines), 0);
        const toldUs = costs.shapes
          .flatMap((one) => Object.values(one.us))
          .reduce((sum, one) => sum + one, costs.unattributed.gpuUs);
        assert.equal(toldUs, linesUs);
        const nanos = costs.shapes
          .flatMap((one) => Object.values(one.nanos))
          .reduce((sum, one) => sum + one, costs.unattributed.nanos);
        const hour = 3_600_000_000n;
        const priced = groups.reduce(
          (sum, { lines }) =>
            sum + (BigInt(sumOfLines(lines)) * parseDecimal(rate.perGpuHour) + hour / 2n) / hour,
          0n,
        );
        assert.equal(nanos, priced);
        assert.ok(costs.shapes.every((one) => Object.values(one.us).every((part) => part >= 0)));
      },
    ),
  );
});

test("an adapter's coming in is paid by those who ran with it, and other time by all", () => {
  const { shapes, unattributed } = shapeCosts({
    groups: [groupOf("p", { decodeUs: 400, idleUs: 800, loadUs: 90 })],
    usage: [usageOf("a", "p", 100), usageOf("b", "p", 200, "d1")],
    shapes: [
      shapeOf("", "d1", { loadUs: 60, loads: 3 }),
      shapeOf("", "d9", { loadUs: 30, loads: 1 }),
      shapeOf("b", "d1", { prefillUs: 30, decodeUs: 50, adapterUs: 10, recomputeUs: 10 }),
    ],
    rates: [rate],
    currency: "USD",
  });
  const [plain, adapted] = shapes;
  // Of d9 nobody ran: it is shared like idle time, with what no settled usage has as the third.
  assert.equal(plain?.us.allocated, 207);
  assert.equal(plain.us.load, 0);
  assert.equal(plain.isSplitByWallTime, true);
  assert.deepEqual([plain.us.prefill, plain.us.decode], [30, 70]);
  assert.equal(adapted?.us.load, 60);
  assert.equal(adapted.loads, 3);
  assert.equal(adapted.isSplitByWallTime, false);
  assert.deepEqual(
    [adapted.us.prefill, adapted.us.decode, adapted.us.adapter, adapted.us.recompute],
    [60, 100, 20, 20],
  );
  assert.equal(unattributed.gpuUs, 100 + 830 - 207 - adapted.us.allocated);
});

test("time without a rate is told, and costs nothing", () => {
  const { shapes, unpricedUs } = shapeCosts({
    groups: [{ ...groupOf("p", { decodeUs: 100, idleUs: 50 }), rate: undefined }],
    usage: [{ ...usageOf("a", "p", 100), bucket: 0 }],
    shapes: [],
    rates: [{ ...rate, fromEpochMs: 1000 }],
    currency: "USD",
  });
  assert.equal(unpricedUs, 150);
  assert.ok(shapes.every((one) => Object.values(one.nanos).every((part) => part === 0n)));
});
