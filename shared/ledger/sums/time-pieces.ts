// A range of time in pieces, for a question about all of its records: one statement over a month of them would be longer than a
// database's patience. Pure.

export interface TimeRange {
  /** The first in and the last out. */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

/** Cut at whole multiples of the length, in order; each moment of the range is in one. */
export function timePieces({ fromEpochMs, toEpochMs }: TimeRange, lengthMs: number): TimeRange[] {
  const pieces: TimeRange[] = [];
  for (let from = fromEpochMs; from < toEpochMs;) {
    const to = Math.min(toEpochMs, (Math.floor(from / lengthMs) + 1) * lengthMs);
    pieces.push({ fromEpochMs: from, toEpochMs: to });
    from = to;
  }
  return pieces;
}
