// Roll-ups of what stood in the database before there were any: for the migrations that bring them, in their transactions. Law: in
// pieces, each within a database's patience, and nobody rolls up meanwhile.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { fillNarrow, narrowRollUps } from "./narrow-roll-ups.ts";
import { deltaColumns, givenAtArrival, givenAtSplit, summed } from "./roll-up-columns.ts";
import { rollerTurnKey } from "./roll-up.ts";
import type { TimeRange } from "./time-pieces.ts";
import { timePieces } from "./time-pieces.ts";

const pieceMs = 6 * 3_600_000;
const within = (column: string): string => `${column} >= $1::float8 and ${column} < $2::float8`;

/** Once the triggers stand, which keep every writer out until this transaction ends. The first roller moves it on. */
export async function sumUpStanding(queries: SqlQueries): Promise<void> {
  await inPieces(
    queries,
    `select min(arrived_at_epoch_ms) as first, max(greatest(arrived_at_epoch_ms, split_at_epoch_ms)) as last from usage`,
    `insert into usage_deltas (${deltaColumns}) ${summed(`
       ${givenAtArrival({ from: "usage", where: within("arrived_at_epoch_ms") })}
       union all ${givenAtSplit({ from: "usage", where: within("split_at_epoch_ms") })}`)}`,
  );
}

/** What is rolled up already is summed up here, what is not comes with the next roller. */
export async function fillNarrowRollUps(queries: SqlQueries): Promise<void> {
  await queries.query(`select pg_advisory_xact_lock(${rollerTurnKey})`);
  await inPieces(
    queries,
    "select min(starts_at_epoch_ms) as first, max(starts_at_epoch_ms) as last from usage_minutes",
    ...narrowRollUps.map((at) => fillNarrow(at, within("s.starts_at_epoch_ms"))),
  );
}

async function inPieces(
  queries: SqlQueries,
  range: string,
  ...statements: readonly string[]
): Promise<void> {
  const [ends] = await queries.query(range);
  if (ends?.["first"] === null || ends === undefined) return;
  const all: TimeRange = {
    fromEpochMs: dayOf(Number(ends["first"])),
    toEpochMs: Number(ends["last"]) + 1,
  };
  for (const { fromEpochMs, toEpochMs } of timePieces(all, pieceMs)) {
    for (const statement of statements) await queries.query(statement, [fromEpochMs, toEpochMs]);
  }
}

const dayMs = 86_400_000;
const dayOf = (epochMs: number): number => Math.floor(epochMs / dayMs) * dayMs;
