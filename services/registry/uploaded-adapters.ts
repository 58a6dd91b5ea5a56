// What tenants brought themselves, in the database: beside the fleet, not in it, so that applying a fleet file neither adds nor
// removes any. What is ready is part of the desired state; a change of that is a new version, and every change an audit row.
// What one tenant asks is asked in its name, so that the database itself shows it nothing of another's.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import { asTenantIn } from "#shared/ledger/tenant-rows/tenant-scope.ts";
import { trialAccount } from "#shared/model/adapter-trial.ts";
import type {
  AdapterBegun,
  AdapterEnd,
  AdapterRemoved,
  KeptAdapter,
  NewAdapter,
  UploadedAdapter,
} from "#shared/model/uploaded-adapter.ts";
import { nextVersion, takeTurns } from "./fleet-versions.ts";

/** Ready ones as adapters of the fleet. Not those whose tenant lost the model since, or has another of that name from the operator. */
export const readyUploads = `
  select u.name, u.digest, u.model, u.bytes::float8 as bytes, json_build_array(u.tenant) as tenants
  from uploaded_adapters u
  where u.status = 'ready'
    and exists (select 1 from tenant_models m where (m.tenant, m.model) = (u.tenant, u.model))
    and not exists (select 1 from adapter_tenants a
      where (a.tenant, a.model, a.name) = (u.tenant, u.model, u.name))
  order by u.tenant, u.name`;

/** Stored, and on trial: of each one's bytes once, under no name that a client writes. */
export const triedUploads: string = `
  select distinct u.digest as name, u.digest, u.model, u.bytes::float8 as bytes, jsonb_build_array('${trialAccount}') as tenants
  from uploaded_adapters u
  where u.status = 'trying' and exists (select 1 from models m where m.id = u.model)
  order by u.model, u.digest`;

const columns = `tenant, name, model, digest, bytes::float8 as bytes, format, rank, alpha, modules, status,
  tried, reason, floor(extract(epoch from created_at))::float8 as "createdAtEpochS"`;

/** What was written is read: the table's checks hold the rest. */
const adapterOf = ({ reason, ...row }: SqlRow): UploadedAdapter =>
  ({ ...row, ...(reason === null ? {} : { reason }) }) as unknown as UploadedAdapter;

export async function uploadsOf(sql: Sql, tenant: string): Promise<readonly UploadedAdapter[]> {
  const rows = await sql.asTenant(tenant, (queries) =>
    queries.query(`select ${columns} from uploaded_adapters where tenant = $1 order by name`, [
      tenant,
    ]),
  );
  return rows.map(adapterOf);
}

export async function findUpload(
  sql: Sql,
  { tenant, name }: Pick<UploadedAdapter, "tenant" | "name">,
): Promise<UploadedAdapter | undefined> {
  const [row] = await sql.asTenant(tenant, (queries) =>
    queries.query(`select ${columns} from uploaded_adapters where (tenant, name) = ($1, $2)`, [
      tenant,
      name,
    ]),
  );
  return row === undefined ? undefined : adapterOf(row);
}

/** Whose storing or trial was cut off. */
export async function unsettledUploads(sql: Sql): Promise<readonly UploadedAdapter[]> {
  const rows = await sql.query(
    `select ${columns} from uploaded_adapters where status in ('validated', 'trying') order by tenant, name`,
  );
  return rows.map(adapterOf);
}

/** In the place of a rejected one of that name, if there is one. */
export async function beginUploadIn(
  queries: SqlQueries,
  adapter: NewAdapter,
  adaptersMax: number,
): Promise<AdapterBegun> {
  await takeTurns(queries);
  const { tenant } = adapter;
  const begun = await asTenantIn(queries, tenant, (own) => insertUpload(own, adapter, adaptersMax));
  if (begun === "begun") {
    await audit(queries, { tenant, action: "validate adapter", detail: adapter });
  }
  return begun;
}

async function insertUpload(
  queries: SqlQueries,
  { tenant, name, model, digest, bytes, format, rank, alpha, modules }: NewAdapter,
  adaptersMax: number,
): Promise<AdapterBegun> {
  await queries.query(
    "delete from uploaded_adapters where (tenant, name, status) = ($1, $2, 'rejected')",
    [tenant, name],
  );
  const [standing] = await queries.query(
    `select count(*)::int as count, count(*) filter (where name = $2)::int as same
     from uploaded_adapters where tenant = $1`,
    [tenant, name],
  );
  if (Number(standing?.["same"]) > 0) return "exists";
  if (Number(standing?.["count"]) >= adaptersMax) return "full";
  await queries.query(
    `insert into uploaded_adapters (tenant, name, model, digest, bytes, format, rank, alpha, modules, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, 'validated')`,
    [tenant, name, model, digest, bytes, format, rank, alpha, JSON.stringify(modules)],
  );
  return "begun";
}

/** Answers with the version of the desired state that has it on trial; undefined if what was begun is not there any more. */
export async function tryUploadIn(
  queries: SqlQueries,
  { tenant, name, digest }: KeptAdapter,
): Promise<number | undefined> {
  await takeTurns(queries);
  const tried = await asTenantIn(queries, tenant, (own) =>
    own.query(
      `update uploaded_adapters set status = 'trying'
       where (tenant, name, digest) = ($1, $2, $3) and status in ('validated', 'trying') returning name`,
      [tenant, name, digest],
    ),
  );
  if (tried.length === 0) return undefined;
  const version = await nextVersion(queries);
  await audit(queries, { tenant, action: "try adapter", detail: { name, digest, version } });
  return version;
}

/** Answers with the version of the desired state; undefined if what was begun is not there any more, or was never on trial. */
export async function settleUploadIn(
  queries: SqlQueries,
  { tenant, name, digest }: KeptAdapter,
  { status, reason }: AdapterEnd,
): Promise<number | undefined> {
  await takeTurns(queries);
  const settled = await asTenantIn(queries, tenant, (own) =>
    own.query(
      `update uploaded_adapters set status = $4, reason = $5, tried = ($4 = 'ready')
       where (tenant, name, digest) = ($1, $2, $3)
         and (status = 'trying' or (status = 'validated' and $4 = 'rejected')) returning name`,
      [tenant, name, digest, status, reason ?? null],
    ),
  );
  if (settled.length === 0) return undefined;
  const version = await nextVersion(queries);
  const action = status === "ready" ? "make adapter ready" : "reject adapter";
  await audit(queries, { tenant, action, detail: { name, version, reason } });
  return version;
}

export async function removeUploadIn(
  queries: SqlQueries,
  { tenant, name, digest }: KeptAdapter,
): Promise<AdapterRemoved | undefined> {
  await takeTurns(queries);
  const removed = await asTenantIn(queries, tenant, (own) =>
    own.query(
      "delete from uploaded_adapters where (tenant, name, digest) = ($1, $2, $3) returning model",
      [tenant, name, digest],
    ),
  );
  if (removed.length === 0) return undefined;
  await endMeaning(queries, { tenant, name, model: String(removed[0]?.["model"]) });
  const isLast = !(await hasBytesIn(queries, digest));
  const version = await nextVersion(queries);
  await audit(queries, { tenant, action: "delete adapter", detail: { name, digest, version } });
  return { isLast, version };
}

/** What its name was moved to ends with it: the next of that name means itself. */
const endMeaning = (
  queries: SqlQueries,
  { tenant, name, model }: Pick<UploadedAdapter, "tenant" | "name" | "model">,
): Promise<unknown> =>
  queries.query(
    `delete from rollouts where (model, name, state) = ($1, $2, 'done') and (tenant = $3 or (tenant is null
       and not exists (select 1 from uploaded_adapters u where (u.model, u.name) = ($1, $2))
       and not exists (select 1 from adapters a where (a.model, a.name) = ($1, $2))))`,
    [model, name, tenant],
  );

/** A rejected one has none: that is why it was rejected. */
export async function hasBytesIn(queries: SqlQueries, digest: string): Promise<boolean> {
  const rows = await queries.query(
    `select digest from uploaded_adapters where digest = $1 and status <> 'rejected'
     union all select digest from adapters where digest = $1 limit 1`,
    [digest],
  );
  return rows.length > 0;
}

interface TenantsDeed {
  readonly tenant: string;
  readonly action: string;
  readonly detail: object;
}

const audit = (queries: SqlQueries, { tenant, ...deed }: TenantsDeed): Promise<void> =>
  writeAudit(queries, { actor: `tenant ${tenant}`, ...deed });
