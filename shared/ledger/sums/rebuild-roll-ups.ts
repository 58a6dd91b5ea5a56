// Compares the roll-ups of usage with the rows that they are of, and makes them anew from these. Law: of whole days, since each
// roll-up holds everything; while a range is made anew nobody writes usage, and nobody sees half of it.

import type { NarrowRollUp } from "./narrow-roll-ups.ts";
import { narrowRollUps, sayRoller, wideOf } from "./narrow-roll-ups.ts";
import type { Level } from "./roll-up-columns.ts";
import {
  bucketOf,
  figures,
  givenAtArrival,
  givenAtSplit,
  groupColumns,
  levels,
  summed,
} from "./roll-up-columns.ts";
import { timePieces } from "./time-pieces.ts";
import { intoAll, numberGroups, rollerTurnKey } from "./roll-up.ts";
import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";

export interface DaysRange {
  /** Midnights of UTC. */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

/** A bucket that is not the sum of its rows. */
export interface RollUpFault {
  readonly table: string;
  readonly startsAtEpochMs: number;
  /** Empty: of all of them, in a roll-up that does not tell them apart. */
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

/** What the rows of an hour give, line by line. */
const truth = `${givenAtArrival({ from: "usage", where: within("arrived_at_epoch_ms") })}
  union all ${givenAtSplit({ from: "usage", where: within("split_at_epoch_ms") })}`;

const names = figures.join(", ");
const negative = figures.map((figure) => `-${figure} as ${figure}`).join(", ");

const kept = ({ table }: Level): string =>
  `select starts_at_epoch_ms, g.${groupColumns.join(", g.")}, ${names}
   from ${table} s join usage_groups g on g.id = s.group_id where ${within("starts_at_epoch_ms")}`;

/** Nothing is left where all is well. */
const first = (surplus: string): string =>
  `${summed(surplus)} order by starts_at_epoch_ms limit ${faultsMax}`;

const [minutes, ...coarser] = levels as readonly [Level, ...Level[]];

const minutesSurplus = first(`
  select starts_at_epoch_ms, ${words}, ${names} from usage_deltas where ${within("starts_at_epoch_ms")}
  union all ${kept(minutes)}
  union all select starts_at_epoch_ms, ${words}, ${negative} from (${truth}) t`);

const signedSums = figures.map((figure) => `sum(${figure}) as ${figure}`).join(", ");
const anyLeft = figures.map((figure) => `sum(${figure}) <> 0`).join(" or ");

/** Minutes are compared with the rows, the others with the minutes: all are moved into in one transaction. */
const coarserSurplus = (level: Level): string => `
  select left_over.*, g.tenant, g.model from (
    select starts_at_epoch_ms, group_id, ${signedSums} from (
      select starts_at_epoch_ms, group_id, ${names} from ${level.table} where ${within("starts_at_epoch_ms")}
      union all
      select ${bucketOf(level)}, group_id, ${negative} from ${minutes.table} where ${within("starts_at_epoch_ms")}
    ) lines group by 1, 2 having ${anyLeft} order by 1 limit ${faultsMax}
  ) left_over join usage_groups g on g.id = left_over.group_id`;

/** With the wide one of its length, which is compared itself. Of a word that it does not tell apart it says nothing. */
const narrowSurplus = (at: NarrowRollUp): string => {
  const columns = at.columns.join(", ");
  return `
  select starts_at_epoch_ms, ${columns}, ${signedSums} from (
    select starts_at_epoch_ms, ${columns}, ${names} from ${at.table} where ${within("starts_at_epoch_ms")}
    union all
    select starts_at_epoch_ms, ${at.columns.map((column) => `g.${column}`).join(", ")}, ${negative}
    from ${wideOf(at).table} s join usage_groups g on g.id = s.group_id where ${within("starts_at_epoch_ms")}
  ) lines group by starts_at_epoch_ms, ${columns} having ${anyLeft} order by starts_at_epoch_ms limit ${faultsMax}`;
};

/** At most a hundred of each roll-up; none when all is well, whoever writes meanwhile. */
export async function rollUpFaults(
  queries: SqlQueries,
  range: DaysRange,
): Promise<readonly RollUpFault[]> {
  checkDays(range);
  const found: RollUpFault[] = [];
  const look = async (table: string, statement: string, values: readonly number[]) => {
    const rows = await queries.query(statement, values);
    found.push(...rows.map((row) => faultOf(table, row)));
  };
  for (const hour of hoursOf(range)) {
    if (found.length < faultsMax) await look(minutes.table, minutesSurplus, hour);
  }
  for (const level of coarser) {
    for (const day of daysOf(range)) await look(level.table, coarserSurplus(level), day);
  }
  for (const at of narrowRollUps) {
    for (const day of daysOf(range)) await look(at.table, narrowSurplus(at), day);
  }
  return found;
}

function faultOf(table: string, row: SqlRow): RollUpFault {
  const surplus = figures
    .map((figure) => [figure, Number(row[figure])] as const)
    .filter(([, count]) => count !== 0);
  return {
    table,
    startsAtEpochMs: Number(row["starts_at_epoch_ms"]),
    tenant: wordOf(row["tenant"]),
    model: wordOf(row["model"]),
    surplus: Object.fromEntries(surplus),
  };
}

const wordOf = (value: unknown): string => (typeof value === "string" ? value : "");

const remake = `
  with lines as materialized (${summed(truth)}
  ), made as (${numberGroups("lines")}
  ), known as materialized (
    select id, ${words} from made union all select id, ${words} from usage_groups
  ), ${intoAll("lines", "known")}
  select count(*)::float8 as lines from lines`;

/** Only as the owner of the tables. Answers how many minutes (of a group) it made. */
export async function rebuildRollUps(sql: Sql, range: DaysRange): Promise<number> {
  checkDays(range);
  return sql.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${rollerTurnKey})`);
    await queries.query(sayRoller);
    await queries.query("lock table usage in share row exclusive mode");
    const rollUps = [...levels, ...narrowRollUps].map(({ table }) => table);
    for (const table of ["usage_deltas", ...rollUps]) {
      for (const day of daysOf(range)) {
        await queries.query(`delete from ${table} where ${within("starts_at_epoch_ms")}`, day);
      }
    }
    let made = 0;
    for (const hour of hoursOf(range)) {
      const [row] = await queries.query(remake, hour);
      made += Number(row?.["lines"]);
    }
    return made;
  });
}

type Piece = readonly [fromEpochMs: number, toEpochMs: number];

const piecesOf = (range: DaysRange, lengthMs: number): readonly Piece[] =>
  timePieces(range, lengthMs).map(({ fromEpochMs, toEpochMs }) => [fromEpochMs, toEpochMs]);

const daysOf = (range: DaysRange): readonly Piece[] => piecesOf(range, dayMs);

/** So that no one statement is longer than a database's patience. */
const hoursOf = (range: DaysRange): readonly Piece[] => piecesOf(range, dayMs / 24);

function checkDays({ fromEpochMs, toEpochMs }: DaysRange): void {
  const areDays = [fromEpochMs, toEpochMs].every(
    (epochMs) => epochMs >= 0 && epochMs % dayMs === 0,
  );
  const days = (toEpochMs - fromEpochMs) / dayMs;
  if (areDays && days >= 1 && days <= daysMax) return;
  throw new RangeError(`roll-ups are compared and made anew for 1 to ${daysMax} whole days of UTC`);
}
