// Aliases that an operator sets by command, in the database: beside the fleet, not in it, so that applying a fleet file neither
// sets nor removes one, and each goes before the file's of the same name. A change is a new version of the desired state
// with an audit row.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { AliasRefusal, AliasWish, ListedAlias } from "#shared/model/alias-desk.ts";
import type { Applied } from "./throttle-store.ts";
import { nextVersion, standingVersion, takeTurns } from "./fleet-versions.ts";

/** In all: who wants more writes them in the fleet file. */
const setAliasesMax = 10_000;

/** As part of the desired state: those of tenants that are there, each for its tenant, then the platform's. Each says what the file's of its name and scope says before chats: a command changes where it leads. */
export const aliasesOfFleet = `
  select name, target, tenants, system_prompt as "systemPrompt", null::boolean as "byCommand" from aliases
  union all
  select name, target, case when tenant = '' then null else jsonb_build_array(tenant) end,
    (select min(a.system_prompt collate "C") from aliases a where a.name = s.name and
      case when s.tenant = '' then a.tenants is null else a.tenants @> jsonb_build_array(s.tenant) end), true
  from set_aliases s where tenant = '' or tenant in (select id from tenants)
  order by name, target`;

export async function setAliasIn(
  queries: SqlQueries,
  wish: AliasWish,
  actor: string,
): Promise<Applied | AliasRefusal> {
  await takeTurns(queries);
  const { tenant, name, target } = wish;
  const version = await standingVersion(queries);
  if (version === 0) return "no-fleet";
  const [standing] = await queries.query(
    "select target from set_aliases where (tenant, name) = ($1, $2)",
    [tenant, name],
  );
  const before = standing?.["target"];
  const refusal =
    target === undefined
      ? before === undefined && "unknown-alias"
      : await refusalOf(queries, { tenant, name, target });
  if (refusal !== false) return refusal;
  if (before === target) return { version, isChanged: false };
  await write(queries, wish);
  const next = await nextVersion(queries);
  await writeAudit(queries, {
    actor,
    action: target === undefined ? "remove alias" : "set alias",
    detail: { version: next, tenant, name, target, before },
  });
  return { version: next, isChanged: true };
}

async function write(queries: SqlQueries, { tenant, name, target }: AliasWish): Promise<void> {
  await queries.query("delete from set_aliases where (tenant, name) = ($1, $2)", [tenant, name]);
  if (target === undefined) return;
  await queries.query("insert into set_aliases (tenant, name, target) values ($1, $2, $3)", [
    tenant,
    name,
    target,
  ]);
}

/** What the edge would never follow is not taken. The first that holds. */
async function refusalOf(
  queries: SqlQueries,
  { tenant, name, target = "" }: AliasWish,
): Promise<AliasRefusal | false> {
  const [model, adapter] = target.split(":");
  const [found] = await queries.query(
    `select case
       when $1 <> '' and not exists (select 1 from tenants where id = $1) then 'unknown-tenant'
       when not exists (select 1 from models where id = $2) then
         case when exists (select 1 from aliases where name = $4
             union all select 1 from set_aliases where name = $4)
           then 'alias-of-alias' else 'unknown-target' end
       when $3 <> '' and not exists (select 1 from adapters where (model, name) = ($2, $3)
         union all select 1 from uploaded_adapters where (model, name) = ($2, $3)) then 'unknown-target'
       when $1 <> '' and not exists (select 1 from tenant_models where (tenant, model) = ($1, $2)) then 'forbidden-target'
       when exists (select 1 from tenant_models where model = $5 and $1 in ('', tenant)) then 'hides-model'
       when (select count(*) from set_aliases) >= ${setAliasesMax} then 'too-many'
     end as refusal`,
    [tenant, model ?? "", adapter ?? "", target, name],
  );
  return (found?.["refusal"] as AliasRefusal | null | undefined) ?? false;
}

export async function listAliases(sql: Sql): Promise<readonly ListedAlias[]> {
  const rows = await sql.query(aliasesOfFleet);
  return rows.map((row) => ({
    name: String(row["name"]),
    target: String(row["target"]),
    ...(row["tenants"] === null ? {} : { tenants: row["tenants"] as readonly string[] }),
    source: row["byCommand"] === true ? "command" : "file",
  }));
}
