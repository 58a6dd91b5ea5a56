// The sums of usage as an operator has them: asked, compared with the records that they are of, and made anew.

import type { DaysRange, RollUpFault } from "./rebuild-roll-ups.ts";
import { rebuildRollUps, rollUpFaults } from "./rebuild-roll-ups.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { sqlUsageSeries } from "./sql-usage-series.ts";
import type { UsageSeries } from "./usage-series.ts";

export interface UsageSums extends UsageSeries {
  faults(range: DaysRange): Promise<readonly RollUpFault[]>;
  /** Answers how many minutes (of a group) it made. */
  rebuild(range: DaysRange): Promise<number>;
}

/** `sql` is of the tables' owner. */
export const usageSums = (sql: Sql): UsageSums => ({
  ...sqlUsageSeries(sql),
  faults: (range) => rollUpFaults(sql, range),
  rebuild: (range) => rebuildRollUps(sql, range),
});
