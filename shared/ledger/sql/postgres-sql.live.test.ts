import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { readTrust } from "#shared/config/trust.ts";
import type { Trust } from "#shared/config/trust.ts";
import { grantRoles } from "#shared/ledger/schema/grant-roles.ts";
import { finalEntry, ledgerCases } from "#shared/ledger/ledger.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { outcomeUnknown } from "./postgres-faults.ts";
import { openPostgresSql } from "./postgres-sql.ts";
import { assertClock, requireSchema } from "#shared/ledger/schema/require-schema.ts";
import type { Sql } from "./sql.ts";
import { SqlError } from "./sql.ts";
import { sqlCases } from "./sql.cases.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "postgres-sql-"));
const authority = createFleetAuthority(join(folder, "authority"));
const trustOf = (role: Parameters<typeof authority.issue>[0]): Trust =>
  readTrust(authority.issue(role, `${role}-1`));
const trust = trustOf("registry");
const starting = startPostgresServer({ folder, authority, isDurable: false });
const opened = new Set<Sql>();

after(async () => {
  await Promise.all([...opened].map((sql) => sql.close()));
  await (await starting).stop();
  rmSync(folder, { recursive: true, force: true });
});

const place = async () => {
  const { host, port, database } = await starting;
  return { host, port, database, user: "registry", trust };
};
const open = async (): Promise<Sql> => {
  const sql = await openPostgresSql(await place());
  opened.add(sql);
  return sql;
};
const openAs = async (role: "edge" | "metering"): Promise<Sql> => {
  const sql = await openPostgresSql({ ...(await place()), user: role, trust: trustOf(role) });
  opened.add(sql);
  return sql;
};
const hasCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SqlError && error.code === code;

test("a process waits for no schema: it says who makes it, who is older, who newer", async () => {
  const sql = await open();
  await assert.rejects(requireSchema(sql), /no schema yet: start the registry/);
  await migrate(sql, migrations.slice(0, 1));
  await assert.rejects(
    requireSchema(sql),
    new RegExp(`older \\(1, this needs ${migrations.length}\\): start a registry`),
  );
  await assert.rejects(requireSchema(sql, []), /schema version 1, this Fairlead knows 0/);
  const edge = await openAs("edge");
  await assert.rejects(requireSchema(edge), /may not read the database's schema: start a registry/);
});

test("registries that start together migrate once", async () => {
  const sql = await open();
  await sql.query("drop schema public cascade");
  await sql.query("create schema public");
  const registries = await Promise.all([open(), open(), open()]);
  const taken = await Promise.all(registries.map((each) => migrate(each, migrations)));
  assert.deepEqual(
    taken.map(({ length }) => length).toSorted((a, b) => a - b),
    [0, 0, migrations.length],
  );
  await Promise.all(registries.map((each) => grantRoles(each)));
  await requireSchema(sql);
});

test("a role may do what it is for, and no more", async () => {
  assert.deepEqual(await grantRoles(await open()), []);
  const edge = await openAs("edge");
  await requireSchema(edge);
  for (const table of ["tenants", "keys", "fleet_versions", "adapter_tenants"]) {
    await edge.query(`select * from ${table}`);
  }
  const refused = hasCode("42501");
  for (const statement of [
    "select * from usage",
    "delete from usage",
    "select * from audit",
    "update tenants set tier = 'mine'",
    "insert into migrations (version, name) values (99, 'mine')",
    "create table mine (id int)",
  ]) {
    await assert.rejects(edge.query(statement), refused, statement);
  }
  await assert.rejects(sqlLedger(edge).record([finalEntry()]), refused);
  const metering = await openAs("metering");
  await sqlLedger(metering).record([finalEntry()]);
  await assert.rejects(metering.query("delete from usage"), refused);
});

ledgerCases("SQL ledger on Postgres", async () => {
  const sql = await open();
  await migrate(sql, migrations);
  await sql.query("delete from usage");
  return sqlLedger(sql);
});

sqlCases("Postgres", open);

test("a clock that is wrong is told by how much", async () => {
  const sql = await open();
  await assertClock(sql, Date.now);
  const off = (ms: number) => assertClock(sql, () => Date.now() + ms);
  await assert.rejects(off(3_600_000), /60 min ahead of the database's: set it right \(NTP\)/);
  await assert.rejects(off(-45_000), /45 s behind the database's/);
});

test("at the door: each thing that can be wrong is told in its own words, soon", async () => {
  const right = await place();
  const plain = await startPostgresServer({ folder: join(folder, "plain"), isDurable: false });
  const bare = { host: plain.host, port: plain.port, database: "fairlead", user: "registry" };
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port: silentPort } = silent.address() as AddressInfo;
  silent.unref();
  const foreign = createFleetAuthority(join(folder, "foreign"));
  const startMs = performance.now();
  await Promise.all([
    assert.rejects(
      openPostgresSql({ ...right, port: 1 }),
      /nothing answers at postgres 127.0.0.1:1 .*set FAIRLEAD_POSTGRES/,
    ),
    assert.rejects(openPostgresSql({ ...right, port: silentPort }), /does not answer in time/),
    assert.rejects(
      openPostgresSql({ ...right, database: "other" }),
      /refuses the role "registry" .*database "other"/,
    ),

    assert.rejects(openPostgresSql({ ...bare, trust }), /does not speak TLS/),
    assert.rejects(
      openPostgresSql({ ...right, user: "nobody", trust: trustOf("edge") }),
      /refuses the role "nobody"/,
    ),
    assert.rejects(
      openPostgresSql({ ...right, trust: trustOf("edge") }),
      /refuses the role "registry"/,
    ),
    assert.rejects(
      openPostgresSql({ ...right, trust: readTrust(foreign.issue("registry", "r")) }),
      /no trust over TLS/,
    ),
    assert.rejects(
      openPostgresSql({
        host: right.host,
        port: right.port,
        database: "fairlead",
        user: "registry",
      }),
      /refuses the role "registry"/,
    ),
  ]);
  assert.ok(performance.now() - startMs < 6_000);
  await (await openPostgresSql(bare)).close();
  await plain.stop();
  silent.close();
});

test("what the database does not answer is unknown, never asked again; after a restart it works", async () => {
  const { member } = await starting;
  const sql = await open();
  await sql.query("create table if not exists counted (id int)");
  await Promise.all([...Array(4)].map(() => sql.query("select pg_sleep(0.05)")));
  const lost = sql.query("insert into counted select 1 from pg_sleep(5)");
  const outcome = assert.rejects(
    lost,
    (error) => error instanceof SqlError && [outcomeUnknown, "57P01"].includes(error.code ?? ""),
  );
  await pause(200);
  member.signal("SIGKILL");
  await outcome;
  for (let round = 0; round < 10; round++) await assert.rejects(sql.query("select 1"), SqlError);
  await assert.rejects(sql.query("select 1"), hasCode("08001"));
  await member.restart();
  assert.deepEqual(await sql.query("select count(*)::float8 as rows from counted"), [{ rows: 0 }]);
});
