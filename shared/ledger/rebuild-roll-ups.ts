// Compares the roll-ups of usage with the rows that they are of, and makes them anew from these. Law: of whole days, since each
// roll-up holds everything; while a range is made anew nobody writes usage, and nobody sees half of it.

import {
  bucketOf,
  figures,
  givenAtArrival,
  givenAtSplit,
  groupColumns,
  levels,
  summed,
} from "./roll-up-columns.ts";
import { addTo } from "./roll-up-schema.ts";
import { numberGroups, rollerTurnKey } from "./roll-up.ts";
import type { Sql, SqlQueries } from "./sql.ts";

export interface DaysRange {
  /** Midnights of UTC. */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

/** A bucket that is not the sum of its rows. */
export interface RollUpFault {
  readonly table: string;
  readonly startsAtEpochMs: number;
  readonly tenant: string;
  readonly model: string;
  /** How much too many (or too few) of what. */
  readonly surplus: Readonly<Record<string, number>>;
}

const dayMs = 86_400_000;
/** At once: writers of usage wait that long. */
const daysMax = 31;
const faultsMax = 100;

const words = groupColumns.join(", ");
const within = (column: string): string => `${column} >= $1::float8 and ${column} < $2::float8`;

/** What the rows of a range give, line by line. */
const truth = `${givenAtArrival({ from: "usage", where: within("arrived_at_epoch_ms") })}
  union all ${givenAtSplit({ from: "usage", where: within("split_at_epoch_ms") })}`;

/** The same, taken away, and what is kept added: nothing is left where all is well. */
const surplusOf = (level: (typeof levels)[number]): string => {
  const negative = figures.map((figure) => `-${figure} as ${figure}`).join(", ");
  const starts = `${bucketOf(level)} as starts_at_epoch_ms`;
  return `${summed(`
      select ${starts}, ${words}, ${figures.join(", ")} from usage_deltas where ${within("starts_at_epoch_ms")}
      union all
      select starts_at_epoch_ms, g.${groupColumns.join(", g.")}, ${figures.join(", ")}
      from ${level.table} s join usage_groups g on g.id = s.group_id where ${within("starts_at_epoch_ms")}
      union all
      select ${starts}, ${words}, ${negative} from (${truth}) t`)}
    order by starts_at_epoch_ms limit ${faultsMax}`;
};

/** At most a hundred of each roll-up; none when all is well, whoever writes meanwhile. */
export async function rollUpFaults(
  queries: SqlQueries,
  range: DaysRange,
): Promise<readonly RollUpFault[]> {
  checkDays(range);
  const found: RollUpFault[] = [];
  for (const level of levels) {
    const rows = await queries.query(surplusOf(level), [range.fromEpochMs, range.toEpochMs]);
    for (const row of rows) {
      const surplus = figures.flatMap((figure) =>
        Number(row[figure]) === 0 ? [] : [[figure, Number(row[figure])] as const],
      );
      found.push({
        table: level.table,
        startsAtEpochMs: Number(row["starts_at_epoch_ms"]),
        tenant: String(row["tenant"]),
        model: String(row["model"]),
        surplus: Object.fromEntries(surplus),
      });
    }
  }
  return found;
}

const remake = `
  with lines as materialized (${summed(truth)}
  ), made as (${numberGroups("lines")}
  ), known as materialized (
    select id, ${words} from made union all select id, ${words} from usage_groups
  ), ${levels.map((level) => `into_${level.table} as (${addTo(level, "select * from lines", "known")})`).join(", ")}
  select count(*)::float8 as lines from lines`;

/** Only as the owner of the tables. Answers how many minutes (of a group) it made. */
export async function rebuildRollUps(sql: Sql, range: DaysRange): Promise<number> {
  checkDays(range);
  return sql.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${rollerTurnKey})`);
    await queries.query("lock table usage in share row exclusive mode");
    const values = [range.fromEpochMs, range.toEpochMs];
    for (const table of ["usage_deltas", ...levels.map((level) => level.table)]) {
      await queries.query(`delete from ${table} where ${within("starts_at_epoch_ms")}`, values);
    }
    const [row] = await queries.query(remake, values);
    return Number(row?.["lines"]);
  });
}

function checkDays({ fromEpochMs, toEpochMs }: DaysRange): void {
  const areDays = [fromEpochMs, toEpochMs].every(
    (epochMs) => epochMs >= 0 && epochMs % dayMs === 0,
  );
  const days = (toEpochMs - fromEpochMs) / dayMs;
  if (areDays && days >= 1 && days <= daysMax) return;
  throw new RangeError(`roll-ups are compared and made anew for 1 to ${daysMax} whole days of UTC`);
}
