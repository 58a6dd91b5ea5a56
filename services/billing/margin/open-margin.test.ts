import assert from "node:assert/strict";
import { after, test } from "node:test";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { sqlGpuLedger } from "#shared/ledger/gpu-time/sql-gpu-ledger.ts";
import { noGpuLines } from "#shared/model/gpu-lines.ts";
import type { GpuRate } from "#shared/model/gpu-rates.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { MarginFault } from "#shared/model/margin.ts";
import { MarginError } from "#shared/model/margin.ts";
import { billingScene, prices } from "#services/billing/billing-scene.cases.ts";
import { openMargin } from "./open-margin.ts";

const sql = await openPgliteSql();
after(() => sql.close());
await migrate(sql, migrations);
const scene = billingScene(sql);
const gpu = sqlGpuLedger(sql);
const desk = openMargin({ sql, gpu, epochMs: () => scene.now });

const at = Date.parse("2026-11-10T12:00:00Z");
const period = { fromEpochMs: at, toEpochMs: at + 3_600_000 };

const refused =
  (code: MarginFault, words: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof MarginError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };

const shape = (tenant: string, prefillUs: number, decodeUs: number) => ({
  tenant: tenant as TenantId,
  adapterDigest: "" as AdapterDigest,
  prefillUs,
  decodeUs,
  adapterUs: 0,
  recomputeUs: 0,
  loadUs: 0,
  loads: 0,
});

/** A GPU for ten seconds: of acme four, of bolt one, of nobody that is settled one. */
const entry: GpuEntry = {
  worker: "w1" as WorkerId,
  life: 1,
  pool: "m1.eu.interactive" as PoolId,
  zone: "eu-a",
  workerType: "simulated",
  gpus: 1,
  startedAtMs: 0,
  toldAtMs: 10_000,
  startedAtEpochMs: at,
  toldAtEpochMs: at + 10_000,
  outsideUs: 10_000_000,
  lines: { ...noGpuLines, prefillUs: 3_900_000, decodeUs: 2_100_000, idleUs: 4_000_000 },
  tenants: [],
  shapes: [shape("acme", 3_900_000, 100_000), shape("bolt", 0, 2_000_000)],
};

const rate: GpuRate = {
  workerType: "*",
  zone: "*",
  currency: "USD",
  perGpuHour: "3600",
  fromEpochMs: 0,
  toEpochMs: null,
};

test("without a rate nothing is known of costs", async () => {
  await assert.rejects(desk.report({ ...period, by: "tenant" }), refused("no_rates", /gpu-rates/));
});

test("revenue is what an invoice has but for its rounding, cost is wall × GPUs, and every line adds up", async () => {
  await gpu.setRates([rate], "test");
  await gpu.recordGpuTime([entry]);
  await scene.desk.applyPrices(prices, "test", false);
  await scene.use(
    {
      request: "r1",
      at: at + 1000,
      promptTokens: 10_333_333,
      cachedTokens: 1_000_000,
      outputTokens: 1000,
      gpuUs: 4_000_000,
    },
    {
      request: "r2",
      tenant: "bolt",
      at: at + 2000,
      promptTokens: 100,
      outputTokens: 3_333_333,
      gpuUs: 1_000_000,
    },
    // Still open: neither billed nor charged to anybody.
    {
      request: "r3",
      tenant: "bolt",
      at: at + 3000,
      outputTokens: 500,
      gpuUs: 900_000,
      isOpen: true,
    },
  );
  const report = await desk.report({ ...period, by: "tenant" });
  assert.deepEqual(
    report.lines.map(({ shape: of, revenue, direct, allocated, margin, marginPercent }) => [
      of.tenant,
      revenue,
      direct,
      allocated,
      margin,
      marginPercent,
    ]),
    [
      // 9,333,333 × 0.15 + 1,000,000 × 0.075 + 1,000 × 0.60, for a million each. Of six direct seconds it had four: of 4.25 that no
      // request had (four idle ones, and half a beat after the worker's last word) it bears as many sixths.
      ["acme", "1.47559995", "4.00", "2.833333", "-5.35773305", "-363.08"],
      ["bolt", "2.0000148", "1.00", "0.708333", "0.2916818", "14.58"],
    ],
  );
  assert.deepEqual(report.unattributed, { gpuUs: 1_708_334, cost: "1.708334" });
  assert.equal(report.total.cost, "10.25");
  const [acme, bolt] = await Promise.all(
    ["acme", "bolt"].map((tenant) => scene.desk.preview(tenant, "2026-11")),
  );
  assert.deepEqual([acme?.subtotal, bolt?.subtotal], ["1.48", "2.00"]);
  assert.equal(report.total.revenue, "3.48");
  assert.equal(report.rounding, "0.00438525");
  for (const by of ["model", "adapter", "class", "shape"] as const) {
    assert.deepEqual((await desk.report({ ...period, by })).total, report.total);
  }
  assert.deepEqual(report.notes, []);
});

test("the shapes that lose money are told, those that earn only when asked for", async () => {
  const losing = await desk.shapes({ ...period, limit: 10, isAll: false });
  assert.deepEqual([losing.shapesSeen, losing.unprofitable], [2, 1]);
  const [worst] = losing.shapes;
  assert.equal(worst?.shape.tenant, "acme");
  assert.equal(worst.reasons[0]?.factor, "long-prefill");
  assert.match(worst.reasons[0].evidence, /10333333\.0 prompt and 1000\.0 output tokens a request/);
  const all = await desk.shapes({ ...period, limit: 10, isAll: true });
  assert.deepEqual(
    all.shapes.map((one) => one.shape.tenant),
    ["acme", "bolt"],
  );
  const own = await desk.shapes({ ...period, limit: 10, isAll: true, tenant: "bolt" });
  assert.deepEqual(own.shapes, all.shapes.slice(1), "its peers are still all");
});

test("prices in another currency than the rates are refused, and told whose; others can be asked alone", async () => {
  await scene.use({ request: "r9", tenant: "euro", at: at + 5000, outputTokens: 10, gpuUs: 10 });
  const code = refused("currency_mismatch", /prices of euro are in EUR and GPU rates in USD/);
  await assert.rejects(desk.report({ ...period, by: "model" }), code);
  await assert.rejects(desk.shapes({ ...period, limit: 1, isAll: true }), code);
  const { lines, unattributed } = await desk.report({ ...period, by: "tenant", tenant: "acme" });
  assert.deepEqual(
    lines.map((line) => line.shape.tenant),
    ["acme"],
  );
  assert.equal(unattributed.gpuUs, 0);
});

test("a period of nothing has no margin", async () => {
  const empty = { fromEpochMs: at + 1000, toEpochMs: at + 2000 };
  await assert.rejects(desk.report({ ...empty, by: "tenant" }), refused("bad_period", /minute/));
});
