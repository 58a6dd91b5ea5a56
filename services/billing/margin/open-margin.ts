// The margin desk over the database of ledger and registry: revenue as rating has it, cost as the GPU books have it. Law: an answer is of
// one moment; rates and prices in two currencies are refused, for nobody said what one is of the other.

import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import { rateBoundaries } from "#shared/model/gpu-rates.ts";
import { minuteOf } from "#shared/model/gpu-word.ts";
import type { MarginDesk, MarginQuestion } from "#shared/model/margin.ts";
import { MarginError } from "#shared/model/margin.ts";
import type { BillingAccount } from "#services/billing/accounts.ts";
import { accountOf } from "#services/billing/accounts.ts";
import { booksIn } from "#services/billing/price-store.ts";
import { heldShapes } from "./held-shapes.ts";
import { marginReport } from "./margin-report.ts";
import type { ReportTerms } from "./margin-report.ts";
import { shapeBooks } from "./shape-book.ts";
import type { RevenueOfShape } from "./shape-book.ts";
import { shapeCosts } from "./shape-costs.ts";
import { shapeRevenue } from "./shape-revenue.ts";
import { shapeVerdicts } from "./shape-verdicts.ts";
import type { UsageGroup } from "./usage-groups.ts";
import { usageGroups } from "./usage-groups.ts";

export interface MarginPorts {
  readonly sql: Sql;
  readonly gpu: Pick<GpuLedger, "groups" | "shapes" | "rates">;
  readonly epochMs: () => number;
}

export function openMargin(ports: MarginPorts): MarginDesk {
  return {
    report: async ({ by, ...question }) => {
      const terms = await reckon(ports, question);
      const { tenant } = question;
      if (tenant === undefined) return marginReport(terms, by);
      const books = terms.books.filter(({ shape }) => shape.tenant === tenant);
      // What is nobody's is not this tenant's either.
      const unattributed = { gpuUs: 0, nanos: 0n };
      return marginReport({ ...terms, books, unattributed, unpricedUs: 0 }, by);
    },
    shapes: async ({ limit, isAll, ...question }) => {
      const { tenant } = question;
      const only = tenant === undefined ? {} : { tenant };
      return shapeVerdicts(await reckon(ports, question), { limit, isAll, ...only });
    },
  };
}

/** GPU time is kept by the minute: a period is of whole ones. */
async function reckon(ports: MarginPorts, question: MarginQuestion): Promise<ReportTerms> {
  const fromEpochMs = minuteOf(question.fromEpochMs);
  const toEpochMs = minuteOf(question.toEpochMs);
  if (fromEpochMs >= toEpochMs) {
    throw new MarginError("bad_period", "a period of less than a minute has no margin");
  }
  const period = { fromEpochMs, toEpochMs };
  const { rates } = await ports.gpu.rates();
  const currency = rates[0]?.currency;
  if (currency === undefined) {
    throw new MarginError(
      "no_rates",
      "no GPU rate was ever set, so nothing is known of costs: fairlead gpu-rates -f FILE",
    );
  }
  const groups = await ports.gpu.groups(period);
  const shapes = await ports.gpu.shapes(period);
  return ports.sql.transaction(async (queries) => {
    await queries.query("set transaction isolation level repeatable read, read only");
    const usage = await usageGroups(queries, period, rateBoundaries(rates));
    const costs = shapeCosts({ groups, usage, shapes, rates, currency });
    const wanted = { ...question, ...period };
    const revenue = await revenues(queries, { wanted, currency, usage, now: ports.epochMs() });
    const { unattributed, unpricedUs } = costs;
    const { rounding, notes } = revenue;
    const books = shapeBooks(costs.shapes, revenue.shapes);
    return { ...period, currency, books, unattributed, unpricedUs, rounding, notes };
  });
}

interface RevenueTerms {
  readonly wanted: MarginQuestion;
  readonly currency: string;
  readonly usage: readonly UsageGroup[];
  readonly now: number;
}

interface Revenues {
  readonly shapes: readonly RevenueOfShape[];
  readonly rounding: bigint;
  readonly notes: readonly string[];
}

const notesMax = 100;

async function revenues(
  queries: SqlQueries,
  { wanted, currency, usage, now }: RevenueTerms,
): Promise<Revenues> {
  const books = await booksIn(queries);
  const shapeOfHeld = await heldShapes(queries);
  const shapes: RevenueOfShape[] = [];
  const notes: string[] = [];
  let rounding = 0n;
  for (const tenant of await tenantsIn(queries, wanted, usage)) {
    const account = await accountIfAny(queries, tenant);
    if (account === undefined) {
      notes.push(`${tenant} has no billing account: it brings nothing`);
      continue;
    }
    if (account.currency !== currency) throw foreign(tenant, account.currency, currency);
    const { fromEpochMs, toEpochMs } = wanted;
    const terms = { tenant, currency, books, fromEpochMs, toEpochMs, shapeOfHeld };
    const own = await shapeRevenue(queries, { ...terms, nowEpochMs: now });
    shapes.push(...own.shapes);
    rounding += own.rounding;
    notes.push(...own.unpriced.map((one) => `${tenant}: ${one}: it brings nothing`));
  }
  return { shapes, rounding, notes: notes.slice(0, notesMax) };
}

const foreign = (tenant: string, priced: string, rated: string): MarginError =>
  new MarginError(
    "currency_mismatch",
    `prices of ${tenant} are in ${priced} and GPU rates in ${rated}: they cannot be reckoned together; ask for a tenant whose prices are in ${rated}, or set rates in ${priced}`,
  );

/** Those that ran anything, and those that held anything. */
async function tenantsIn(
  queries: SqlQueries,
  { tenant, fromEpochMs, toEpochMs }: MarginQuestion,
  usage: readonly UsageGroup[],
): Promise<readonly string[]> {
  if (tenant !== undefined) return [tenant];
  const rows = await queries.query(
    `select distinct tenant from holdings where from_at < to_timestamp($2::float8 / 1000)
       and coalesce(to_at, 'infinity') > to_timestamp($1::float8 / 1000)
     union select tenant from usage where is_final and split_at_epoch_ms >= $1::float8 and split_at_epoch_ms < $2::float8 and split_at_epoch_ms > 0`,
    [fromEpochMs, toEpochMs],
  );
  const held = rows.map((row) => String(row["tenant"]));
  const all = new Set([...usage.map(({ shape }) => shape.tenant), ...held]);
  return [...all].toSorted();
}

async function accountIfAny(
  queries: SqlQueries,
  tenant: string,
): Promise<BillingAccount | undefined> {
  try {
    return await accountOf(queries, tenant);
  } catch (error) {
    if (error instanceof BillingError && error.code === "no_account") return undefined;
    throw error;
  }
}
