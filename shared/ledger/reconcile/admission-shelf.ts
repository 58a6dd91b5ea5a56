// How many requests each edge has admitted, kept beside the ledger. Merged by maximum under (tenant, minute, process, life), so
// that telling it again, late or in another order changes nothing. What is older than a contested bill can be is forgotten.

import type { AdmissionRow } from "#shared/model/reconciliation.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";

export interface AdmissionShelf {
  /** All of them or none. */
  recordAdmissions(rows: readonly AdmissionRow[]): Promise<void>;
  /** Forgets what nobody proves any more, of the oldest at most so many; how many it forgot. */
  pruneAdmissions(rowsMax: number): Promise<number>;
}

/** A year that ended, its disputes, and the month in which they end: longer than any bill is contested. */
export const admissionsKeptDays = 400;

/** By the database's clock alone. Rows may be told anew while it runs: those are as old, and go with the next. */
const prune = `
  with old as (
    select tenant, minute_epoch_ms, process, life from admissions
    where minute_epoch_ms < extract(epoch from now() - interval '${admissionsKeptDays} days') * 1000
    order by minute_epoch_ms limit $1
  ), gone as (
    delete from admissions using old
    where admissions.tenant = old.tenant and admissions.minute_epoch_ms = old.minute_epoch_ms
      and admissions.process = old.process and admissions.life = old.life
    returning 1
  )
  select count(*)::float8 as pruned from gone`;

const upsert = `
  insert into admissions (tenant, minute_epoch_ms, process, life, opened, served, cancelled, failed)
  select given->>0, (given->>1)::float8, given->>2, given->>3,
    max((given->>4)::float8), max((given->>5)::float8), max((given->>6)::float8), max((given->>7)::float8)
  from jsonb_array_elements($1::text::jsonb) as given
  group by 1, 2, 3, 4
  on conflict (tenant, minute_epoch_ms, process, life) do update set
    opened = greatest(admissions.opened, excluded.opened),
    served = greatest(admissions.served, excluded.served),
    cancelled = greatest(admissions.cancelled, excluded.cancelled),
    failed = greatest(admissions.failed, excluded.failed)`;

export const admissionShelf = (sql: Pick<Sql, "query">): AdmissionShelf => ({
  pruneAdmissions: async (rowsMax) => {
    const [row = {}] = await sql.query(prune, [rowsMax]);
    return Number(row["pruned"]);
  },
  recordAdmissions: async (rows) => {
    if (rows.length === 0) return;
    const given = rows.map(
      ({ tenant, minuteEpochMs, process, life, opened, served, cancelled, failed }) => [
        tenant,
        minuteEpochMs,
        process,
        life,
        opened,
        served,
        cancelled,
        failed,
      ],
    );
    await sql.query(upsert, [JSON.stringify(given)]);
  },
});
