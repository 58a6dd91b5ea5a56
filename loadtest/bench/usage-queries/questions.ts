// The questions of the mix: what a tenant, a bill and an operator ask of the ledger, each with another tenant and another moment
// every time, through the ledger's own ports.

import type { TenantId } from "#shared/model/ids.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import { recordsOf } from "#shared/ledger/sql-ledger.ts";
import { sqlUsageSeries, totalsOf } from "#shared/ledger/sums/sql-usage-series.ts";
import { tenantUsage } from "#shared/ledger/tenant-usage.ts";
import type { SeriesQuery } from "#shared/ledger/sums/usage-series.ts";
import { dayMs, monthEndsAtEpochMs, monthStartsAtEpochMs, tenants } from "./fill-usage.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface Question {
  readonly name: string;
  /** Asked of `queries`, or, where it is asked in a tenant's name, of `sql`. */
  readonly ask: (queries: SqlQueries, sql: Sql) => Promise<unknown>;
}

/** As often as they have records: the largest most. */
const anyTenant = (): TenantId => {
  const rank = Math.min(Math.floor(Math.exp(Math.random() * Math.log(tenants + 1))), tenants);
  return `tenant-${String(rank).padStart(4, "0")}` as TenantId;
};

/** A range of this length that ends at an arbitrary minute of the month. */
function anyRange(lengthMs: number): Pick<SeriesQuery, "fromEpochMs" | "toEpochMs"> {
  const earliestMs = Math.min(monthStartsAtEpochMs + lengthMs, monthEndsAtEpochMs);
  const spreadMs = Math.max(monthEndsAtEpochMs - earliestMs, hourMs);
  const toEpochMs = earliestMs + Math.floor((Math.random() * spreadMs) / minuteMs) * minuteMs;
  return { fromEpochMs: toEpochMs - lengthMs, toEpochMs };
}

const series =
  (query: () => SeriesQuery): Question["ask"] =>
  (queries) =>
    sqlUsageSeries(queries).series(query());

const ofTenant = (lengthMs: number, rest: Pick<SeriesQuery, "by" | "step">): Question["ask"] =>
  series(() => ({ ...anyRange(lengthMs), ...rest, only: { tenant: anyTenant() } }));

export const questions: readonly Question[] = [
  { name: "tenant_hour_by_model", ask: ofTenant(hourMs, { by: ["model"], step: "minute" }) },
  { name: "tenant_day_by_model", ask: ofTenant(dayMs, { by: ["model"], step: "hour" }) },
  { name: "tenant_30_days_by_model", ask: ofTenant(30 * dayMs, { by: ["model"], step: "day" }) },
  { name: "tenant_30_days_hourly", ask: ofTenant(30 * dayMs, { by: [], step: "hour" }) },
  {
    name: "tenant_bill",
    ask: ofTenant(30 * dayMs, { by: ["model", "adapter", "class", "tier"] }),
  },
  {
    name: "tenant_day_in_its_name",
    ask: (_, sql) =>
      tenantUsage(sql).series(anyTenant(), { ...anyRange(dayMs), by: ["model"], step: "hour" }),
  },
  {
    name: "tenant_totals_since",
    ask: (queries) =>
      totalsOf(queries, {
        tenant: anyTenant(),
        sinceEpochMs: anyRange(dayMs).fromEpochMs + 12_345,
      }),
  },
  {
    name: "tenant_records_page",
    ask: (queries) => {
      const tenant = anyTenant();
      const arrivedAtEpochMs = anyRange(dayMs).toEpochMs;
      return recordsOf(queries, {
        tenant,
        limit: 100,
        after: { arrivedAtEpochMs, tenant, requestId: "" },
      });
    },
  },
  {
    name: "operator_top_tenants_30_days",
    ask: series(() => ({
      ...anyRange(30 * dayMs),
      by: ["tenant"],
      top: { metric: "gpuUs", rows: 20 },
    })),
  },
  {
    name: "operator_30_days_by_model",
    ask: series(() => ({ ...anyRange(30 * dayMs), by: ["model"], step: "day" })),
  },
  {
    name: "operator_day_by_model",
    ask: series(() => ({ ...anyRange(dayMs), by: ["model"], step: "hour" })),
  },
  {
    name: "operator_hour_by_class",
    ask: series(() => ({ ...anyRange(hourMs), by: ["class"], step: "minute" })),
  },
  { name: "operator_totals", ask: (queries) => totalsOf(queries, {}) },
  {
    name: "operator_records_page",
    ask: (queries) =>
      recordsOf(queries, {
        limit: 100,
        after: { arrivedAtEpochMs: anyRange(dayMs).toEpochMs, tenant: "", requestId: "" },
      }),
  },
];
