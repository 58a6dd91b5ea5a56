// Roll-ups of what stood in the database before there were any: for the migrations that bring them, in their transactions. Law: in
// pieces, each within a database's patience, and nobody rolls up meanwhile.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { fillNarrow, narrowRollUps } from "./narrow-roll-ups.ts";
import { deltaColumns, givenAtArrival, givenAtSplit, summed } from "./roll-up-columns.ts";
import { rollerTurnKey } from "./roll-up.ts";

const dayMs = 86_400_000;
const pieceMs = dayMs / 4;
const within = (column: string): string => `${column} >= $1::float8 and ${column} < $2::float8`;

/** Once the triggers stand, which keep every writer out until this transaction ends. The first roller moves it on. */
export const sumUpStanding = (queries: SqlQueries): Promise<void> =>
  inPieces(queries, {
    next: `select least(
        (select min(arrived_at_epoch_ms) from usage where arrived_at_epoch_ms >= $1::float8),
        (select min(split_at_epoch_ms) from usage where split_at_epoch_ms > 0 and split_at_epoch_ms >= $1::float8)
      ) as at`,
    statements: [
      `insert into usage_deltas (${deltaColumns}) ${summed(`
         ${givenAtArrival({ from: "usage", where: within("arrived_at_epoch_ms") })}
         union all ${givenAtSplit({ from: "usage", where: within("split_at_epoch_ms") })}`)}`,
    ],
  });

/** What is rolled up already is summed up here, what is not comes with the next roller. */
export async function fillNarrowRollUps(queries: SqlQueries): Promise<void> {
  await queries.query(`select pg_advisory_xact_lock(${rollerTurnKey})`);
  await inPieces(queries, {
    next: "select min(starts_at_epoch_ms) as at from usage_minutes where starts_at_epoch_ms >= $1::float8",
    statements: narrowRollUps.map((at) => fillNarrow(at, within("s.starts_at_epoch_ms"))),
  });
}

interface Work {
  /** Where the first row at or after a moment is: days without rows are not asked for. */
  readonly next: string;
  readonly statements: readonly string[];
}

async function inPieces(queries: SqlQueries, { next, statements }: Work): Promise<void> {
  for (let from = 0; ;) {
    const [row] = await queries.query(next, [from]);
    const at = row?.["at"];
    if (at === null || at === undefined) return;
    // The whole day, for its day's sum stands at its midnight.
    const midnight = Math.floor(Number(at) / dayMs) * dayMs;
    for (from = midnight; from < midnight + dayMs; from += pieceMs) {
      for (const statement of statements) await queries.query(statement, [from, from + pieceMs]);
    }
  }
}
