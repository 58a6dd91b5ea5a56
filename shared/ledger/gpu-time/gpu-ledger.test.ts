import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gpuCosts } from "#shared/model/gpu-cost.ts";
import type { GpuLines } from "#shared/model/gpu-lines.ts";
import { noGpuLines, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { atEpoch, isGpuEntry } from "#shared/model/gpu-word.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";
import { sqlAudit } from "#shared/ledger/audit/audit.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { sqlGpuLedger } from "./sql-gpu-ledger.ts";

const sql = await openPgliteSql();
await migrate(sql, migrations);
const ledger = sqlGpuLedger(sql);
after(() => sql.close());

const startMs = Date.parse("2026-03-01T12:00:00Z");
const minuteMs = 60_000;

/** A life of one GPU that has decoded half of its time, told after so many milliseconds. */
function entry(life: number, ranMs: number, fields: Partial<GpuEntry> = {}): GpuEntry {
  const lines: GpuLines = { ...noGpuLines, decodeUs: ranMs * 500, idleUs: ranMs * 500 };
  const word = {
    worker: "w1" as WorkerId,
    life,
    pool: "p" as PoolId,
    zone: "eu-a",
    workerType: "h100",
    gpus: 1,
    startedAtMs: 1000,
    toldAtMs: 1000 + ranMs,
    outsideUs: ranMs * 1000,
    lines,
    tenants: [{ tenant: "acme" as TenantId, requestsUs: ranMs * 500, recomputeUs: ranMs }],
    shapes: [
      {
        tenant: "acme" as TenantId,
        adapterDigest: "" as AdapterDigest,
        prefillUs: ranMs * 100,
        decodeUs: ranMs * 399,
        adapterUs: 0,
        recomputeUs: ranMs,
        loadUs: 0,
        loads: 0,
      },
    ],
    ...fields,
  };
  return atEpoch(word, 1000, startMs + life * 10 * minuteMs);
}

const period = (fromMin: number, toMin: number) => ({
  fromEpochMs: startMs + fromMin * minuteMs,
  toEpochMs: startMs + toMin * minuteMs,
});

const linesOf = async (fromMin: number, toMin: number): Promise<number> =>
  (await ledger.groups(period(fromMin, toMin))).reduce(
    (sum, { lines }) => sum + sumOfLines(lines),
    0,
  );

test("a life's minutes add up to it, however often and in which order its words come", async () => {
  const words = [30_000, 59_000, 61_000, 118_000, 150_000].map((ranMs) => entry(1, ranMs));
  const [first, second, third, fourth, fifth] = words;
  assert.ok(first && second && third && fourth && fifth);
  await ledger.recordGpuTime([third, first, third]);
  await ledger.recordGpuTime([fifth, second]);
  await ledger.recordGpuTime([fourth, first]);
  // Half a beat more, in the minute of its last word.
  assert.equal(await linesOf(10, 20), 150_000_000 + 250_000);
  assert.equal(await linesOf(10, 11), 59_000_000);
  assert.equal(await linesOf(11, 12), 118_000_000 - 59_000_000);
  assert.equal(await linesOf(12, 13), 32_000_000 + 250_000);
  const [group] = await ledger.groups(period(11, 13));
  assert.deepEqual(group?.tenants, [
    { tenant: "acme", requestsUs: 91_000 * 500, recomputeUs: 91_000 },
  ]);
});

test("a minute's shapes are what they had more than before it, and add up to its requests", async () => {
  const [shape, ...others] = await ledger.shapes(period(11, 13));
  assert.equal(others.length, 0);
  assert.deepEqual(shape, {
    pool: "p",
    zone: "eu-a",
    workerType: "h100",
    bucket: 0,
    tenant: "acme",
    adapterDigest: "",
    prefillUs: 91_000 * 100,
    decodeUs: 91_000 * 399,
    adapterUs: 0,
    recomputeUs: 91_000,
    loadUs: 0,
    loads: 0,
  });
});

test("what a killed life had not told is concluded, and never reaches into the next one", async () => {
  await ledger.recordGpuTime([
    entry(2, 20_000, { lines: { ...noGpuLines, idleUs: 19_900_000 } }),
    // Up again a tenth of a second after the last word of the second.
    { ...entry(3, 1000), startedAtEpochMs: startMs + 20 * minuteMs + 20_100 },
  ]);
  const [group] = await ledger.groups(period(20, 21));
  assert.equal(group?.lines.unaccountedUs, 100_000 + 100_000);
});

test("rates are versions that nobody edits, each with its row in the audit, and split the time where they change", async () => {
  const rate = { workerType: "*", zone: "*", currency: "USD" };
  const change = startMs + 11 * minuteMs;
  const set = await ledger.setRates(
    [
      { ...rate, perGpuHour: "3600", fromEpochMs: 0, toEpochMs: change },
      { ...rate, perGpuHour: "7200", fromEpochMs: change, toEpochMs: null },
    ],
    "admin-api",
  );
  assert.equal(set.version, 1);
  const groups = await ledger.groups(period(10, 12));
  assert.equal(groups.length, 2);
  const nanos = gpuCosts(groups, "USD").reduce(
    (sum, row) => sum + row.direct.nanos + row.allocated.nanos,
    0n,
  );
  // A millionth each microsecond, then two.
  assert.equal(nanos, 1000n * (59_000_000n * 1n + 59_000_000n * 2n));
  for (const statement of [
    "update gpu_rate_sets set rates = '[]'",
    "delete from gpu_rate_sets",
    "truncate gpu_rate_sets",
  ]) {
    await assert.rejects(sql.query(statement), /only added to/);
  }
  const [row] = await sqlAudit(sql).rows({ limit: 1 });
  assert.equal(row?.action, "set gpu rates");
  assert.equal((await ledger.setRates([], "admin-api")).version, 2);
});

test("what is no account of GPU time is not taken for one", () => {
  const good = JSON.parse(JSON.stringify(entry(1, 1000))) as Record<string, unknown>;
  assert.ok(isGpuEntry(good));
  const bad: readonly Record<string, unknown>[] = [
    { worker: "" },
    { life: -1 },
    { gpus: 0 },
    { outsideUs: 2 ** 53 },
    { lines: {} },
    { lines: { ...noGpuLines, idleUs: -1 } },
    { lines: { ...noGpuLines, idleUs: 0.5 } },
    { tenants: [{ tenant: "a\0", requestsUs: 1, recomputeUs: 0 }] },
    { pool: 7 },
  ];
  for (const fields of bad) assert.ok(!isGpuEntry({ ...good, ...fields }), JSON.stringify(fields));
  assert.ok(!isGpuEntry(null));
});
