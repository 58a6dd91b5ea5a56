// What an invoice of a tenant's period would say now: its own usage, what came late of periods that are closed, and adjustments that
// none has had yet. Reads only; the same books give the same draft.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { lineKey } from "./rated-line.ts";
import type { RatedLine } from "./rated-line.ts";
import type { Money } from "#shared/model/money.ts";
import { money } from "#shared/model/money.ts";
import type { PriceBook } from "#shared/model/price-book.ts";
import { spansOf } from "#shared/model/price-book.ts";
import type { BillingAccount } from "./accounts.ts";
import type { BillingPeriod } from "./billing-period.ts";
import { billingPeriod } from "./billing-period.ts";
import { heldWithin, holdingsOf } from "./held-time.ts";
import type { BilledLine } from "./not-yet-billed.ts";
import { notYetBilled } from "./not-yet-billed.ts";
import type { Rated } from "./rate-usage.ts";
import { rateUsage } from "./rate-usage.ts";
import { usageSums } from "./usage-sums.ts";

/** So many periods back it is looked for what came late. */
export const latePeriodsMax = 12;

export interface DraftLine {
  readonly period: string;
  readonly key: string;
  readonly line: RatedLine;
}

export interface PendingAdjustment {
  readonly entry: number;
  readonly reason: string;
  readonly amount: Money;
}

export interface Draft {
  readonly lines: readonly DraftLine[];
  readonly adjustments: readonly PendingAdjustment[];
  readonly unpriced: readonly string[];
}

export interface ToDraft {
  readonly account: BillingAccount;
  readonly period: BillingPeriod;
  readonly books: readonly PriceBook[];
  /** What is held is held until now at most. */
  readonly nowEpochMs: number;
}

export async function draftInvoice(queries: SqlQueries, given: ToDraft): Promise<Draft> {
  const { account, period } = given;
  const { tenant, currency } = account;
  const lines: DraftLine[] = [];
  const unpriced: string[] = [];
  for (const one of [...(await closedBefore(queries, tenant, period)), period]) {
    const rated = await ratePeriod(queries, { ...given, period: one });
    const billed = await billedLines(queries, { tenant, currency, period: one.name });
    const owed = notYetBilled(rated.lines, billed);
    lines.push(...owed.map((line) => ({ period: one.name, key: lineKey(line), line })));
    unpriced.push(...rated.unpriced);
  }
  const adjustments = await pendingAdjustments(queries, tenant, currency);
  return { lines, adjustments, unpriced: [...new Set(unpriced)] };
}

async function ratePeriod(queries: SqlQueries, given: ToDraft): Promise<Rated> {
  const { account, period, books, nowEpochMs } = given;
  const { tenant, currency } = account;
  const { fromEpochMs, toEpochMs } = period;
  const spans = spansOf({ books, currency, tenant, fromEpochMs, toEpochMs });
  const edges = [...spans.map((span) => span.fromEpochMs), toEpochMs];
  const sums = await usageSums(queries, tenant, edges);
  const until = Math.min(toEpochMs, nowEpochMs);
  const holdings =
    until <= fromEpochMs
      ? []
      : await holdingsOf(queries, tenant, { fromEpochMs, toEpochMs: until });
  return rateUsage({
    currency,
    monthSeconds: BigInt((toEpochMs - fromEpochMs) / 1000),
    spans,
    sums,
    held: spans.map((span) => heldWithin(holdings, span)),
  });
}

/** An invoice is void where an entry says so. */
export const notVoid = (number: string): string =>
  `not exists (select from billing_entries v where v.invoice = ${number} and v.kind = 'invoice-void')`;

/** Periods that were asked for and have an invoice or owed nothing; one whose invoice is void waits for its next. */
async function closedBefore(
  queries: SqlQueries,
  tenant: string,
  { name }: BillingPeriod,
): Promise<readonly BillingPeriod[]> {
  const rows = await queries.query(
    `select period from closed_periods c where tenant = $1 and period < $2 and (
       not exists (select from invoices i where i.tenant = $1 and i.period = c.period)
       or exists (select from invoices i where i.tenant = $1 and i.period = c.period and ${notVoid("i.number")}))
     order by period desc limit ${latePeriodsMax}`,
    [tenant, name],
  );
  return rows
    .map(({ period }) => billingPeriod(String(period)))
    .filter((period) => period !== undefined)
    .toReversed();
}

async function billedLines(
  queries: SqlQueries,
  {
    tenant,
    currency,
    period,
  }: { readonly tenant: string; readonly currency: string; readonly period: string },
): Promise<ReadonlyMap<string, BilledLine>> {
  const rows = await queries.query(
    `select key, sum(quantity)::text as quantity, sum(amount)::text as amount from invoice_lines l
     where tenant = $1 and period = $2 and key like '[%' and ${notVoid("l.number")} group by key`,
    [tenant, period],
  );
  return new Map(
    rows.map((row) => {
      const key = String(row["key"]);
      const amount = money(currency, String(row["amount"]));
      return [key, { key, quantity: BigInt(String(row["quantity"])), amount }];
    }),
  );
}

/** A line's key of an adjustment; others are JSON lists. */
export const adjustmentKey = (entry: number): string => `entry/${entry}`;

async function pendingAdjustments(
  queries: SqlQueries,
  tenant: string,
  currency: string,
): Promise<readonly PendingAdjustment[]> {
  const rows = await queries.query(
    `select seq::float8 as seq, reason, amount::text as amount from billing_entries e
     where tenant = $1 and kind = 'adjustment' and not exists (
       select from invoice_lines l where l.tenant = $1 and l.key = 'entry/' || e.seq and ${notVoid("l.number")})
     order by e.seq`,
    [tenant],
  );
  return rows.map((row) => ({
    entry: Number(row["seq"]),
    reason: String(row["reason"]),
    amount: money(currency, String(row["amount"])),
  }));
}
