import assert from "node:assert/strict";
import { after, test } from "node:test";
import { finalEntry, ledgerCases, openEntry, request, tenant } from "./ledger.cases.ts";
import { migrate } from "./schema/migrate.ts";
import { migrations } from "./schema/migrations.ts";
import { openPgliteSql } from "./sql/pglite-sql.ts";
import { sqlLedger } from "./sql-ledger.ts";

const opened = openPgliteSql();
const migrated = opened.then((sql) => migrate(sql, migrations));
after(async () => (await opened).close());

ledgerCases("SQL ledger on PGlite", async () => {
  await migrated;
  const sql = await opened;
  await sql.query("delete from usage");
  return sqlLedger(sql);
});

test("a batch of 200 is one statement, and names of tenants are never SQL", async () => {
  await migrated;
  const sql = await opened;
  let statements = 0;
  const ledger = sqlLedger({
    ...sql,
    query: (text, values) => {
      statements++;
      return sql.query(text, values);
    },
  });
  const odd = tenant("'); drop table usage; --");
  await ledger.record(
    [...Array(200)].map((_, index) => finalEntry({ tenant: odd, requestId: request(`s${index}`) })),
  );
  assert.equal(statements, 1);
  assert.equal((await ledger.totals({ tenant: odd })).settledRequests, 200);
});

test("migrations run once, in order, and a later database is left alone", async () => {
  await migrated;
  const sql = await opened;
  assert.deepEqual(await migrate(sql, migrations), []);
  const known = migrations.length;
  const extra = { version: known + 1, name: "extra", statements: ["create table extra (id int)"] };
  assert.deepEqual(await migrate(sql, [...migrations, extra]), [extra]);
  await assert.rejects(
    migrate(sql, migrations),
    new RegExp(`schema version ${known + 1}, this Fairlead knows ${known}`),
  );
  const broken = {
    version: known + 2,
    name: "broken",
    statements: ["create table four (id int)", "nonsense"],
  };
  await assert.rejects(migrate(sql, [...migrations, extra, broken]));
  const [row] = await sql.query("select to_regclass('four') is null as absent");
  assert.equal(row?.["absent"], true);
  assert.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, index) => index + 1),
  );
});

test("an open record that never ended is still there to be settled", async () => {
  await migrated;
  const ledger = sqlLedger(await opened);
  await ledger.record([openEntry({ tenant: tenant("crashed"), promptTokens: 5 })]);
  const totals = await ledger.totals({ tenant: tenant("crashed") });
  assert.equal(totals.requests - totals.settledRequests, 1);
});
