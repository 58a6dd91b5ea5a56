// How many requests each edge has admitted, kept beside the ledger. Merged by maximum under (tenant, minute, process, life), so
// that telling it again, late or in another order changes nothing.

import type { AdmissionRow } from "#shared/model/reconciliation.ts";
import type { Sql } from "./sql.ts";

export interface AdmissionShelf {
  /** All of them or none. */
  recordAdmissions(rows: readonly AdmissionRow[]): Promise<void>;
}

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
