// A range of time in pieces of about as many requests each, for what is asked of all their records: one statement over a month
// of them would be longer than a database's patience. Law: the pieces cover the range, each moment of it once, whatever the counts
// say; these only choose where to cut. Pure.

import type { SqlRow } from "#shared/ledger/sql/sql.ts";
import type { TimeRange } from "./time-pieces.ts";

/** In a piece: some seconds of Postgres. */
export const requestsPerPiece = 200_000;

/** Of a bucket that begins there. */
export interface Counted {
  readonly startsAtEpochMs: number;
  readonly requests: number;
}

/** `counts`: in the order of time. A piece has no more than that many, or one bucket alone. */
export function cutByRequests(
  { fromEpochMs, toEpochMs }: TimeRange,
  counts: readonly Counted[],
  requestsMax: number,
): readonly TimeRange[] {
  const pieces: TimeRange[] = [];
  let from = fromEpochMs;
  let gathered = 0;
  for (const { startsAtEpochMs, requests } of counts) {
    const isWithin = startsAtEpochMs > from && startsAtEpochMs < toEpochMs;
    if (isWithin && gathered > 0 && gathered + requests > requestsMax) {
      pieces.push({ fromEpochMs: from, toEpochMs: startsAtEpochMs });
      from = startsAtEpochMs;
      gathered = 0;
    }
    gathered += requests;
  }
  if (from < toEpochMs) pieces.push({ fromEpochMs: from, toEpochMs });
  return pieces;
}

/** Of a row with `at` and `requests`. */
export const countedIn = (row: SqlRow): Counted => ({
  startsAtEpochMs: Number(row["at"]),
  requests: Number(row["requests"]),
});
