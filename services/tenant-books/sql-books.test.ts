import assert from "node:assert/strict";
import { after, test } from "node:test";
import { finalEntry, openEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { SeriesAsked } from "#shared/model/books-desk.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { sqlBooks } from "./sql-books.ts";

const [acme, bolt] = [tenant("acme"), tenant("bolt")];
const tone = "c7".repeat(32) as AdapterDigest;
const at = (hour: number, minute = 0): number => Date.UTC(2026, 10, 30, hour, minute);

const opened = openPgliteSql();
after(async () => (await opened).close());

/** Two tenants, who have one request's id in common; and one of acme's is over midnight. */
const planted = opened.then(async (sql) => {
  await migrate(sql, migrations);
  const figures = { promptTokens: 10, cachedTokens: 4, outputTokens: 3 };
  await sqlLedger(sql).record([
    finalEntry({ tenant: acme, requestId: request("a1"), arrivedAtEpochMs: at(9, 59), ...figures }),
    finalEntry({ tenant: acme, requestId: request("a2"), arrivedAtEpochMs: at(10), ...figures }),
    finalEntry({ tenant: acme, requestId: request("a3"), arrivedAtEpochMs: at(10), ...figures }),
    openEntry({ tenant: acme, requestId: request("a4"), arrivedAtEpochMs: at(10, 30), ...figures }),
    finalEntry({
      tenant: acme,
      requestId: request("a5"),
      arrivedAtEpochMs: at(23, 59),
      ...figures,
      model: "small-1b",
      adapterDigest: tone,
      outputTokens: 9,
      splitAtEpochMs: at(24),
      outputTokensBefore: 2,
    }),
    finalEntry({
      tenant: bolt,
      requestId: request("a2"),
      arrivedAtEpochMs: at(10),
      promptTokens: 999,
    }),
    finalEntry({
      tenant: bolt,
      requestId: request("b1"),
      arrivedAtEpochMs: at(11),
      promptTokens: 999,
    }),
  ]);
  return sql;
});

/** Over a database that writes down in whose name each statement on usage was asked. */
async function books(): Promise<{
  readonly desk: ReturnType<typeof sqlBooks>;
  readonly names: Set<string>;
}> {
  const sql = await planted;
  const names = new Set<string>();
  const watched = (queries: SqlQueries): SqlQueries => ({
    query: async (text, values) => {
      if (/\busage/.test(text)) {
        const [row] = await queries.query(
          "select current_user::text as role, current_setting('fairlead.tenant', true) as tenant",
        );
        names.add(`${String(row?.["role"])} ${String(row?.["tenant"])}`);
      }
      return queries.query(text, values);
    },
  });
  const transaction: Sql["transaction"] = (work) =>
    sql.transaction((queries) => work(watched(queries)));
  const nobody = (): never => assert.fail("it is asked in nobody's name");
  return {
    desk: sqlBooks({
      sql: { transaction, query: nobody, asTenant: nobody, close: nobody },
      quotas: async () => [],
      invoices: () => ({ invoices: async () => [], invoice: async () => undefined }),
    }),
    names,
  };
}

const day: SeriesAsked = { fromEpochMs: at(0), toEpochMs: at(24), step: "hour", by: [] };
const whole = { fromEpochMs: at(0), toEpochMs: at(48), limit: 500 };

test("usage is summed by step; output after a midnight is the next day's", async () => {
  const { desk } = await books();
  const told = await desk.series(acme, day);
  assert.deepEqual(
    told.map((point) => [
      (point.startsAtEpochMs - at(0)) / 3_600_000,
      point.requests,
      point.settledRequests,
      point.promptTokens,
      point.cachedTokens,
      point.outputTokens,
    ]),
    [
      [9, 1, 1, 10, 4, 3],
      [10, 3, 2, 30, 12, 9],
      [23, 1, 1, 10, 4, 2],
    ],
  );
  const next = await desk.series(acme, {
    ...day,
    fromEpochMs: at(24),
    toEpochMs: at(48),
    step: "day",
  });
  assert.deepEqual(
    next.map(({ startsAtEpochMs, requests, outputTokens }) => [
      startsAtEpochMs,
      requests,
      outputTokens,
    ]),
    [[at(24), 0, 7]],
  );
  const month = await desk.series(acme, {
    ...day,
    toEpochMs: at(48),
    step: "month",
    by: ["model"],
  });
  assert.deepEqual(
    month.map(({ startsAtEpochMs, group, outputTokens }) => [startsAtEpochMs, group, outputTokens]),
    [
      [Date.UTC(2026, 10), { model: "llama-3.1-8b" }, 12],
      [Date.UTC(2026, 10), { model: "small-1b" }, 2],
      [Date.UTC(2026, 11), { model: "small-1b" }, 7],
    ],
  );
});

test("requests are told newest first and page by page, also where two are of one moment", async () => {
  const { desk } = await books();
  const pages: string[][] = [];
  for (let after: string | undefined; pages.length < 9;) {
    const place = after === undefined ? {} : { after: request(after) };
    const page = await desk.records(acme, { ...whole, ...place, limit: 2 });
    const ids = (page ?? []).map(({ requestId }) => requestId);
    if (ids.length === 0) break;
    pages.push(ids);
    after = ids.at(-1);
  }
  assert.deepEqual(pages, [["a5", "a4"], ["a3", "a2"], ["a1"]]);
  const hour = await desk.records(acme, { ...whole, fromEpochMs: at(10), toEpochMs: at(10, 30) });
  assert.deepEqual(
    hour?.map(({ requestId }) => requestId),
    ["a3", "a2"],
  );
});

test("nobody sees another's request, sum or place, whatever they have in common", async () => {
  const { desk } = await books();
  const ofBolt = await desk.records(bolt, whole);
  assert.deepEqual(
    ofBolt?.map(({ requestId }) => requestId),
    ["b1", "a2"],
  );
  assert.deepEqual(
    (await desk.series(bolt, day)).map(({ promptTokens }) => promptTokens),
    [999, 999],
  );
  assert.equal((await desk.record(acme, { requestId: request("a2") }))?.promptTokens, 10);
  assert.equal((await desk.record(bolt, { requestId: request("a2") }))?.promptTokens, 999);
  for (const id of ["b1", "never"]) {
    assert.equal(await desk.record(acme, { requestId: request(id) }), undefined, id);
    assert.equal(await desk.records(acme, { ...whole, after: request(id) }), undefined, id);
  }
  assert.deepEqual(await desk.records(tenant("'; --"), whole), []);
});

test("every statement on usage is asked in the tenant's name, and in no other", async () => {
  const { desk, names } = await books();
  await desk.series(acme, day);
  await desk.records(acme, { ...whole, after: request("a2") });
  await desk.record(acme, { requestId: request("a1") });
  assert.deepEqual([...names], ["fairlead_tenant acme"]);
});

test("a narrowed key sees the models and adapters that it may use, in sums and one by one", async () => {
  const { desk } = await books();
  const seen = [{ model: "small-1b", adapterDigest: tone }];
  const ids = (await desk.records(acme, { ...whole, seen }))?.map(({ requestId }) => requestId);
  assert.deepEqual(ids, ["a5"]);
  assert.equal(await desk.record(acme, { requestId: request("a1"), seen }), undefined);
  assert.equal(await desk.records(acme, { ...whole, after: request("a1"), seen }), undefined);
  const sums = await desk.series(acme, { ...day, seen });
  assert.deepEqual(
    sums.map(({ group, requests }) => [group, requests]),
    [[{}, 1]],
  );
  assert.deepEqual(
    await desk.series(acme, { ...day, seen: [{ model: "small-1b", adapterDigest: "" }] }),
    [],
  );
  assert.equal((await desk.series(acme, { ...day, seen: [{ model: "llama-3.1-8b" }] })).length, 2);
  assert.deepEqual(await desk.records(acme, { ...whole, seen: [] }), []);
});
