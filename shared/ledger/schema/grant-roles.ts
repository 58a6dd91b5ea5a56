// What each role of the fleet may do in the database. Run by the registry, which owns everything, after `migrate`;
// running it again takes back what an earlier version granted and this one does not. Where rows are their tenants', a
// role that serves all of them has a policy for it, as exact as its privilege: no role passes row-level security by.

import { narrowRollUps } from "#shared/ledger/sums/narrow-roll-ups.ts";
import { levels } from "#shared/ledger/sums/roll-up-columns.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";

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
  "made_keys",
  "key_ends",
  "issuers",
  "aliases",
  "set_aliases",
  "rollouts",
];

type Grants = Readonly<Record<string, readonly string[]>>;

const readsDesired: Grants = { select: ["migrations", ...desired] };

/** Role → privilege → tables. Names are ours: nothing of it is data. */
const grants: Readonly<Record<string, Grants>> = {
  edge: readsDesired,
  control: { ...readsDesired, "select, insert": ["quota_alerts"] },
  worker: readsDesired,
  metering: {
    ...readsDesired,
    "select, insert, update": [
      "usage",
      ...[...levels, ...narrowRollUps].map(({ table }) => table),
      "gpu_time",
      "gpu_tenant_time",
      "gpu_shape_time",
      "quota_webhooks",
    ],
    // Counted, and forgotten after more than a year.
    "select, insert, update, delete": ["admissions"],
    "select, insert": ["usage_groups", "usage_conflicts", "usage_discards"],
    // Moved from there into the roll-ups.
    "select, insert, delete": ["usage_deltas"],
    "select, update": ["quota_alerts"],
  },
};

/**
 * Answers with the roles that this database does not have: nothing was granted to them. In the transaction of `migrate`:
 * a role that is not granted its policies yet sees tables that are closed by row, and nothing in them.
 */
export async function grantRolesIn(queries: SqlQueries): Promise<readonly string[]> {
  // Two registries that start together take turns.
  await queries.query("lock table migrations in exclusive mode");
  const rows = await queries.query("select rolname::text as role from pg_roles");
  const present = new Set(rows.map(({ role }) => role));
  for (const [role, granted] of Object.entries(grants)) {
    if (present.has(role)) await grantTo(queries, role, granted);
  }
  await keepPolicies(queries, present);
  return Object.keys(grants).filter((role) => !present.has(role));
}

export const grantRoles = (sql: Sql): Promise<readonly string[]> => sql.transaction(grantRolesIn);

async function grantTo(queries: SqlQueries, role: string, granted: Grants): Promise<void> {
  await queries.query(`revoke all on all tables in schema public from ${role}`);
  await queries.query(`grant usage on schema public to ${role}`);
  for (const [privileges, tables] of Object.entries(granted)) {
    await queries.query(`grant ${privileges} on ${tables.join(", ")} to ${role}`);
  }
}

const policyOf = (role: string, privilege: string): string => `fleet_${role}_${privilege}`;

const clauses: Readonly<Record<string, string>> = {
  select: "using (true)",
  insert: "with check (true)",
  update: "using (true) with check (true)",
  delete: "using (true)",
};

/** Only what differs is made or dropped: either waits until nobody uses the table. */
async function keepPolicies(queries: SqlQueries, present: ReadonlySet<unknown>): Promise<void> {
  const wanted = await policiesWanted(queries, present);
  const standing = await queries.query(
    `select tablename::text as table, policyname::text as policy from pg_policies
     where schemaname = 'public' and policyname like 'fleet\\_%'`,
  );
  const kept = new Set<string>();
  for (const { table, policy } of standing) {
    const key = `${String(table)} ${String(policy)}`;
    if (wanted.has(key)) kept.add(key);
    else await queries.query(`drop policy ${String(policy)} on ${String(table)}`);
  }
  for (const [key, statement] of wanted) {
    if (!kept.has(key)) await queries.query(statement);
  }
}

/** By table and name; of the tables that have row-level security, whichever these are. */
async function policiesWanted(
  queries: SqlQueries,
  present: ReadonlySet<unknown>,
): Promise<ReadonlyMap<string, string>> {
  const rows = await queries.query(
    `select relname::text as table from pg_class
     where relnamespace = 'public'::regnamespace and relrowsecurity`,
  );
  const secured = new Set(rows.map(({ table }) => String(table)));
  const wanted = new Map<string, string>();
  for (const { role, privilege, table } of granted()) {
    if (!present.has(role) || !secured.has(table)) continue;
    const name = policyOf(role, privilege);
    const made = `create policy ${name} on ${table} for ${privilege} to ${role} ${clauses[privilege] ?? ""}`;
    wanted.set(`${table} ${name}`, made);
  }
  return wanted;
}

interface Granted {
  readonly role: string;
  readonly privilege: string;
  readonly table: string;
}

const granted = (): readonly Granted[] =>
  Object.entries(grants).flatMap(([role, of]) =>
    Object.entries(of).flatMap(([privileges, tables]) =>
      privileges
        .split(", ")
        .flatMap((privilege) => tables.map((table) => ({ role, privilege, table }))),
    ),
  );
