// Makes the one session of an embedded database the registry's, as in the fleet: the owner of the tables, whom policies and
// privileges hold, and no superuser. Law: whatever a process does there, it may do in the fleet's Postgres too.

import type { Sql } from "./sql.ts";
import { tenantRole } from "#shared/ledger/tenant-rows/tenant-rows.ts";

/** Of a database that a superuser's session made before, it takes the tables over. */
const handOver = `
  do $$
  declare each record;
  begin
    if not exists (select from pg_roles where rolname = 'registry') then
      create role registry nologin;
    end if;
    if not exists (select from pg_roles where rolname = '${tenantRole}') then
      create role ${tenantRole} nologin;
    end if;
    grant ${tenantRole} to registry;
    grant usage, create on schema public to registry;
    for each in
      select oid::regclass as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm') and relowner <> 'registry'::regrole
    loop
      execute format('alter table %s owner to registry', each.name);
    end loop;
  end $$`;

/** Before `migrate`. Only where all statements share one session. */
export async function becomeOwner(sql: Sql): Promise<void> {
  await sql.query(handOver);
  await sql.query("set session authorization registry");
}
