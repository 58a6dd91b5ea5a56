import assert from "node:assert/strict";
import { after, test } from "node:test";
import { finalEntry, openEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { rollUpFaults } from "./rebuild-roll-ups.ts";
import { levels } from "./roll-up-columns.ts";
import { addTo } from "./roll-up-schema.ts";
import { numberGroups, rollUp } from "./roll-up.ts";
import { sqlUsageSeries } from "./sql-usage-series.ts";
import type { SeriesQuery } from "./usage-series.ts";
import { ScratchLedger } from "./usage-scratch.cases.ts";

const midnight = Date.UTC(2026, 1, 1);
const hourMs = 3_600_000;
const days = { fromEpochMs: midnight - 48 * hourMs, toEpochMs: midnight + 48 * hourMs };

const some: readonly UsageEntry[] = [-47, -30, -7, -6, -0.01, 0, 1, 6, 25, 47].map(
  (hours, index) => {
    const arrivedAtEpochMs = midnight + hours * hourMs;
    const isSplit = hours === -0.01;
    const record = {
      requestId: request(`r${index}`),
      tenant: tenant(index % 3 === 0 ? "bolt" : "acme"),
      model: index % 2 === 0 ? "m1" : "m2",
      arrivedAtEpochMs,
      promptTokens: 100 + index,
      outputTokens: 10 + index,
      ...(isSplit ? { splitAtEpochMs: midnight, outputTokensBefore: 4 } : {}),
    };
    return index === 4 || index % 4 !== 3
      ? finalEntry(record)
      : openEntry({ ...record, outcome: "" });
  },
);

async function databaseAt(version: number): Promise<Sql> {
  const sql = await openPgliteSql();
  after(() => sql.close());
  await migrate(
    sql,
    migrations.filter((each) => each.version <= version),
  );
  await sqlLedger(sql).record(some);
  return sql;
}

const questions: readonly SeriesQuery[] = [
  { ...days, by: ["tenant"] },
  { ...days, by: ["model"], step: "hour" },
  { ...days, by: ["model", "class", "tier"], step: "day" },
  { ...days, by: ["tenant", "model"], step: "minute" },
];

async function assertSums(sql: Sql, more: readonly UsageEntry[] = []): Promise<void> {
  assert.deepEqual(await rollUpFaults(sql, days), []);
  const scratch = new ScratchLedger();
  scratch.record([...some, ...more]);
  for (const query of questions) {
    const rows = await sqlUsageSeries(sql).series(query);
    const expected = scratch.series(query);
    assert.equal(rows.length, expected.size);
    for (const { startsAtEpochMs, group, figures } of rows) {
      const key = JSON.stringify([startsAtEpochMs, ...query.by.map((name) => group[name])]);
      assert.equal(figures.outputTokens, expected.get(key)?.outputTokens, key);
      assert.equal(figures.requests, expected.get(key)?.requests, key);
    }
  }
}

test("usage that stood before there were roll-ups is in them, whenever it was", async () => {
  const sql = await databaseAt(16);
  await migrate(sql, migrations);
  await assertSums(sql);
});

test("what was rolled up before there were narrow ones is in these, and what waits is in none twice", async () => {
  const sql = await databaseAt(20);
  await sql.query(numberGroups("usage_deltas"));
  for (const level of levels) {
    await sql.query(
      addTo(
        level,
        "select * from usage_deltas where requests > 0 or output_tokens > 0",
        "usage_groups",
      ),
    );
  }
  await sql.query("delete from usage_deltas");
  const waiting = [-40, 3].map((hours) =>
    finalEntry({
      requestId: request(`waits ${hours}`),
      tenant: tenant("acme"),
      arrivedAtEpochMs: midnight + hours * hourMs,
      outputTokens: 7,
    }),
  );
  await sqlLedger(sql).record(waiting);
  await migrate(sql, migrations);
  await assertSums(sql, waiting);
  assert.ok((await rollUp(sql, 1000)) > 0);
  await assertSums(sql, waiting);
});

test("days without usage cost nothing, however far apart the others are", async () => {
  const sql = await databaseAt(20);
  await sqlLedger(sql).record(
    [0, 4e12, 9e15].map((arrivedAtEpochMs, index) =>
      finalEntry({ requestId: request(`far ${index}`), arrivedAtEpochMs }),
    ),
  );
  await migrate(sql, migrations);
  await rollUp(sql, 1000);
  const rows = await sql.query(
    "select count(*)::int as days from usage_tenant_days where starts_at_epoch_ms < 1e12 or starts_at_epoch_ms > 3e12",
  );
  assert.equal(rows[0]?.["days"], 3);
});

test("a roller of an earlier version moves nothing: it would leave sums out", async () => {
  const sql = await databaseAt(21);
  await assert.rejects(sql.query("delete from usage_deltas"), /update it/);
  await rollUp(sql, 1000);
  await assertSums(sql);
});

test("an empty ledger has nothing to sum up", async () => {
  const sql = await openPgliteSql();
  after(() => sql.close());
  await migrate(sql, migrations);
  assert.deepEqual(await sqlUsageSeries(sql).series({ ...days, by: [] }), []);
});
