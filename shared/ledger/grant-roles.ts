// What each role of the fleet may do in the database. Run by the registry, which owns everything, after `migrate`;
// running it again takes back what an earlier version granted and this one does not.

import type { Sql, SqlQueries } from "./sql.ts";

const desired: readonly string[] = [
  "tiers",
  "tenants",
  "keys",
  "models",
  "tenant_models",
  "pools",
  "workers",
  "adapters",
  "adapter_tenants",
  "fleet_versions",
  "throttles",
  "uploaded_adapters",
  "rollouts",
];

type Grants = Readonly<Record<string, readonly string[]>>;

const readsDesired: Grants = { select: ["migrations", ...desired] };

/** Role → privilege → tables. Names are ours: nothing of it is data. */
const grants: Readonly<Record<string, Grants>> = {
  edge: readsDesired,
  control: readsDesired,
  worker: readsDesired,
  metering: {
    ...readsDesired,
    "select, insert, update": ["usage"],
  },
};

/** Answers with the roles that this database does not have: nothing was granted to them. */
export async function grantRoles(sql: Sql): Promise<readonly string[]> {
  return sql.transaction(async (queries) => {
    // Two registries that start together take turns.
    await queries.query("lock table migrations in exclusive mode");
    const rows = await queries.query("select rolname::text as role from pg_roles");
    const present = new Set(rows.map(({ role }) => role));
    for (const [role, granted] of Object.entries(grants)) {
      if (present.has(role)) await grantTo(queries, role, granted);
    }
    return Object.keys(grants).filter((role) => !present.has(role));
  });
}

async function grantTo(queries: SqlQueries, role: string, granted: Grants): Promise<void> {
  await queries.query(`revoke all on all tables in schema public from ${role}`);
  await queries.query(`grant usage on schema public to ${role}`);
  for (const [privileges, tables] of Object.entries(granted)) {
    await queries.query(`grant ${privileges} on ${tables.join(", ")} to ${role}`);
  }
}
