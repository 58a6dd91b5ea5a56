// Which roll-up answers which part of a range: the coarsest that fits in its middle, finer ones at its edges. Law: the parts
// cover the range, each minute of it once.

import type { Level } from "./roll-up-columns.ts";
import { levels } from "./roll-up-columns.ts";

export interface Segment {
  readonly level: Level;
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

/** `longestMs`: no bucket longer than this, the step of a series. An end at infinity, on either side, is of the longest buckets. */
export function segmentsOf(
  fromEpochMs: number,
  toEpochMs: number,
  longestMs: number = Infinity,
): readonly Segment[] {
  const fitting = levels.filter(({ lengthMs }) => lengthMs <= longestMs);
  const segments: Segment[] = [];
  let from = fromEpochMs;
  let to = toEpochMs;
  for (const [index, level] of fitting.entries()) {
    if (from >= to) break;
    const coarser = fitting[index + 1];
    const innerFrom = coarser === undefined ? to : up(from, coarser.lengthMs);
    const innerTo = coarser === undefined ? to : down(to, coarser.lengthMs);
    if (innerFrom >= innerTo) {
      segments.push({ level, fromEpochMs: from, toEpochMs: to });
      break;
    }
    if (from < innerFrom) segments.push({ level, fromEpochMs: from, toEpochMs: innerFrom });
    if (innerTo < to) segments.push({ level, fromEpochMs: innerTo, toEpochMs: to });
    [from, to] = [innerFrom, innerTo];
  }
  return segments;
}

const up = (epochMs: number, lengthMs: number): number =>
  Number.isFinite(epochMs) ? Math.ceil(epochMs / lengthMs) * lengthMs : epochMs;

const down = (epochMs: number, lengthMs: number): number =>
  Number.isFinite(epochMs) ? Math.floor(epochMs / lengthMs) * lengthMs : epochMs;
