// What in a database would show one tenant another's rows: asked of its catalogue, so that no table, view or function that
// comes later can be forgotten. Law: nothing found, whatever was added.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { tenantRole, tenantSetting } from "./tenant-rows.ts";

/** In words; empty when there is nothing. */
export async function openRows(queries: SqlQueries): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [question, problem] of questions) {
    const rows = await queries.query(question);
    found.push(...rows.map(({ name }) => `${String(name)}: ${problem}`));
  }
  return found;
}

/** Tables that carry a tenant: a column of that name, or a reference to the tenants. */
const tenantTables = `
  select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and (
    c.relname = 'tenants'
    or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('tenant', 'tenant_id') and not a.attisdropped)
    or exists (select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and f.confrelid = to_regclass('public.tenants')))`;

/** Tables of which the tenant's role may do anything, be it of a column alone. */
const reachable = `
  select c.oid, c.relname, c.relkind, c.reloptions, c.relrowsecurity from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (has_any_column_privilege('${tenantRole}', c.oid, 'select, insert, update')
      or has_table_privilege('${tenantRole}', c.oid, 'delete, truncate'))`;

const ownPolicies = `
  select p.polrelid, pg_get_expr(p.polqual, p.polrelid) as shown, pg_get_expr(p.polwithcheck, p.polrelid) as taken
  from pg_policy p where '${tenantRole}'::regrole = any (p.polroles) or p.polroles = '{0}'`;

const questions: readonly (readonly [question: string, problem: string])[] = [
  [
    `select relname::text as name from (${tenantTables}) t where not (relrowsecurity and relforcerowsecurity)`,
    "carries a tenant, and does not force row-level security",
  ],
  [
    `select relname::text as name from (${tenantTables}) t
     where not exists (select from (${ownPolicies}) p where p.polrelid = t.oid)`,
    "carries a tenant, and has no policy for its own rows",
  ],
  [
    `select t.relname::text as name from (${ownPolicies}) p join pg_class t on t.oid = p.polrelid
     where coalesce(shown, taken, '') not like '%${tenantSetting}%' or taken not like '%${tenantSetting}%'`,
    "has a policy for tenants that does not ask which one",
  ],
  [
    `select relname::text as name from (${reachable}) t where relkind in ('r', 'p') and not relrowsecurity`,
    "is open to tenants, and has no row-level security",
  ],
  [
    `select relname::text as name from (${reachable}) t
     where relkind in ('m', 'f') or (relkind = 'v' and not coalesce(reloptions @> '{security_invoker=true}', false))`,
    "shows tenants what its owner sees",
  ],
  [
    `select p.proname::text as name from pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('${tenantRole}', p.oid, 'execute')`,
    "does for tenants what its owner may",
  ],
  [
    `select t.relname::text as name from (${reachable}) t join pg_constraint f on f.conrelid = t.oid
     where f.contype = 'f' and f.confrelid <> to_regclass('public.tenants')
       and has_any_column_privilege('${tenantRole}', t.oid, 'insert, update')`,
    "tells by its references what else there is: these are checked past all policies",
  ],
];
