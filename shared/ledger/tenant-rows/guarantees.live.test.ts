import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { auditCases } from "#shared/ledger/audit/audit.cases.ts";
import { grantRoles, grantRolesIn } from "#shared/ledger/schema/grant-roles.ts";
import { guarded } from "./guarantees.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openRows } from "./open-rows.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
import { inVain, plantTwoTenants, tenantRowsCases } from "./tenant-rows.cases.ts";

const folder = mkdtempSync(join(tmpdir(), "guarantees-postgres-"));
const server = await startPostgresServer({ folder, isDurable: false });
const opened: Sql[] = [];
const openAs = async (user: FleetRole): Promise<Sql> => {
  const sql = await openPostgresSql({ ...server, user });
  opened.push(sql);
  return sql;
};
const registry = await guarded(await openAs("registry"));
await grantRoles(registry);
after(async () => {
  await Promise.all(opened.map((sql) => sql.close()));
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const refused = (error: unknown): boolean => error instanceof SqlError && error.code === "42501";

tenantRowsCases("Postgres", async () => registry);
auditCases("Postgres", async () => registry);

test("nobody who works here passes row-level security by: not even the owner of the tables", async () => {
  const [row] = await registry.query(
    `select bool_or(rolsuper or rolbypassrls or rolcreaterole) as may from pg_roles
     where rolname in ('edge', 'control', 'worker', 'metering', 'registry', 'fairlead_tenant')`,
  );
  assert.equal(row?.["may"], false);
  await inVain(registry, async (queries) => {
    await queries.query("drop policy owner_all on usage");
    assert.deepEqual(await queries.query("select tenant from usage"), []);
  });
});

test("an edge has all tenants' desired state as itself, and nothing in a tenant's name", async () => {
  const edge = await openAs("edge");
  assert.equal((await edge.query("select id from tenants")).length, 2);
  await assert.rejects(edge.query("select tenant from usage"), refused);
  await assert.rejects(edge.query("delete from uploaded_adapters"), refused);
  const asked = edge.asTenant("acme", (queries) => queries.query("select tenant from usage"));
  await assert.rejects(asked, refused);
  await assert.rejects(edge.query("select set_config('role', 'registry', false)"), refused);
});

test("a role that asks nothing for tenants cannot take a tenant's name, and has no more than its policies", async () => {
  for (const role of ["metering", "control", "worker"] as const) {
    const sql = await openAs(role);
    const asked = sql.asTenant("acme", (queries) => queries.query("select tenant from usage"));
    await assert.rejects(asked, refused, role);
    assert.equal((await sql.query("select tenant from uploaded_adapters")).length, 2, role);
  }
  const metering = await openAs("metering");
  assert.equal((await metering.query("update usage set gpu_us = 1 returning tenant")).length, 2);
  await assert.rejects(metering.query("update throttles set percent = 1"), refused);
  await assert.rejects(metering.query("select * from audit"), refused);
});

test("granting again changes no policy, and takes back what is not granted any more", async () => {
  const policies = (): Promise<readonly unknown[]> =>
    registry.query("select oid::text, polname::text as name from pg_policy order by oid");
  const before = await policies();
  assert.ok(before.length > 20);
  await grantRoles(registry);
  assert.deepEqual(await policies(), before);
  await registry.query("create policy fleet_edge_select on usage for select to edge using (true)");
  await grantRoles(registry);
  assert.deepEqual(await policies(), before);
  assert.deepEqual(await openRows(registry), []);
});

test("who reads while the database is migrated sees all of the desired state, before and after", async () => {
  const later = migrations.findIndex(({ name }) => name.includes("chained audit"));
  await registry.query("drop schema public cascade");
  await registry.query("create schema public");
  await migrate(registry, migrations.slice(0, later), async (queries) => {
    await queries.query("grant usage on schema public to edge");
    await queries.query("grant select on tenants to edge");
  });
  await plantTwoTenants(registry);
  const edge = await openAs("edge");
  const seen = async (): Promise<number> => (await edge.query("select id from tenants")).length;
  const cut = migrate(registry, migrations, async (queries) => {
    await grantRolesIn(queries);
    throw new Error("the power is gone");
  });
  await assert.rejects(cut, /the power is gone/);
  assert.equal(await seen(), 2);
  await migrate(registry, migrations, async (queries) => void (await grantRolesIn(queries)));
  assert.equal(await seen(), 2);
  assert.equal((await edge.query("select id from keys")).length, 2);
});

test("a database without the tenants' role says who makes it, and how", async () => {
  const { tenantRoleStatements } = await import("./tenant-rows.ts");
  const [make = ""] = tenantRoleStatements;
  const lacking = make
    .replaceAll("'fairlead_tenant'", "'another_role'")
    .replace("create role fairlead_tenant", "create role another_role");
  await assert.rejects(
    registry.query(lacking),
    /lacks a role: as a superuser, create role fairlead_tenant nologin; grant fairlead_tenant to registry/,
  );
});
