// Sums of a tenant's usage over time, as the ledger's roll-ups have them, in the tenant's name.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import { tenantUsage } from "#shared/ledger/tenant-usage.ts";
import type { SeriesRow } from "#shared/ledger/sums/usage-series.ts";
import { UsageQueryError } from "#shared/ledger/sums/usage-series.ts";
import type { SeriesPoint } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { SumsAsked } from "./series-seen.ts";

export async function usageSums(
  sql: Pick<Sql, "asTenant">,
  tenant: TenantId,
  asked: SumsAsked,
): Promise<readonly SeriesPoint[]> {
  try {
    return (await tenantUsage(sql).series(tenant, asked)).map(pointOf);
  } catch (error) {
    // What else it refuses the edge has refused before.
    if (error instanceof UsageQueryError && error.code.startsWith("too_many_")) {
      throw new BooksError("too_many_points");
    }
    throw error;
  }
}

const pointOf = ({ startsAtEpochMs = 0, group, figures }: SeriesRow): SeriesPoint => ({
  startsAtEpochMs,
  group,
  requests: figures.requests,
  settledRequests: figures.settledRequests,
  promptTokens: figures.promptTokens,
  cachedTokens: figures.cachedTokens,
  outputTokens: figures.outputTokens,
});
