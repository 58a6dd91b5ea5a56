// A tenant's own usage, asked in its name: the database itself shows no other's, whatever the question says.

import type { TenantId } from "#shared/model/ids.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { UsageQuery, UsageTotals } from "./ledger.ts";
import type { Sql } from "./sql/sql.ts";
import { recordsOf } from "./sql-ledger.ts";
import { sqlUsageSeries, totalsOf } from "./sums/sql-usage-series.ts";
import type { SeriesQuery, SeriesRow } from "./sums/usage-series.ts";

export interface TenantUsage {
  /** Rejects with a `UsageQueryError` what it does not answer. */
  series(tenant: TenantId, query: SeriesQuery): Promise<readonly SeriesRow[]>;
  /** Newest first. */
  records(tenant: TenantId, query: Omit<UsageQuery, "tenant">): Promise<readonly UsageEntry[]>;
  totals(
    tenant: TenantId,
    filter: Omit<UsageQuery, "tenant" | "limit" | "after">,
  ): Promise<UsageTotals>;
}

/** For a process that may ask in tenants' names. */
export function tenantUsage(sql: Pick<Sql, "asTenant">): TenantUsage {
  return {
    series: (tenant, query) =>
      sql.asTenant(tenant, (queries) =>
        // Said as well, for the index that begins with the tenant.
        sqlUsageSeries(queries).series({ ...query, only: { ...query.only, tenant } }),
      ),
    records: (tenant, query) =>
      sql.asTenant(tenant, (queries) => recordsOf(queries, { ...query, tenant })),
    totals: (tenant, filter) =>
      sql.asTenant(tenant, (queries) => totalsOf(queries, { ...filter, tenant })),
  };
}
