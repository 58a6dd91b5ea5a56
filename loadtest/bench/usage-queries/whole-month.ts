// What billing reads of a month, record by record and not from roll-ups: no question of the mix, for nobody waits for it at a prompt.

import { usageGroups } from "#services/billing/margin/usage-groups.ts";
import { usageSums } from "#services/billing/usage-sums.ts";
import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { monthEndsAtEpochMs, monthStartsAtEpochMs } from "./fill-usage.ts";

export interface WholeMonth {
  /** Of the tenant with the most records, a sixth of all: what rates its bill. */
  readonly largest_bill_s: number;
  /** Of all tenants, by shape of work: what the margin report begins with. */
  readonly margin_s: number;
  /** The longest of all these statements; a database's patience is 15 s. */
  readonly longest_statement_s: number;
}

const largest = "tenant-0001";

export async function askWholeMonth(queries: SqlQueries): Promise<WholeMonth> {
  let longestMs = 0;
  const timed: SqlQueries = {
    query: async (text, values) => {
      const beganMs = performance.now();
      const rows = await queries.query(text, values);
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      return rows;
    },
  };
  const month = { fromEpochMs: monthStartsAtEpochMs, toEpochMs: monthEndsAtEpochMs };
  const bill = await took(() => usageSums(timed, largest, Object.values(month)));
  const margin = await took(() => usageGroups(timed, month, []));
  return { largest_bill_s: bill, margin_s: margin, longest_statement_s: tenths(longestMs) };
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return tenths(performance.now() - beganMs);
}

const tenths = (ms: number): number => Math.round(ms / 100) / 10;
