// A series of what a key may see: a narrowed key's is asked for by model and adapter, and what it may not see is left out before
// the rest is added up again. Pure but for whom it asks.

import type {
  BooksFigures,
  BooksGroup,
  SeenModel,
  SeriesAsked,
  SeriesPoint,
} from "#shared/model/books-desk.ts";
import { BooksError, pointsMax } from "#shared/model/books-desk.ts";

export type SumsAsked = Omit<SeriesAsked, "seen">;

/** `source`: all of the tenant's, ordered by time. Rejects with a `BooksError` more points than one answer has. */
export async function seriesSeen(
  source: (asked: SumsAsked) => Promise<readonly SeriesPoint[]>,
  { seen, ...asked }: SeriesAsked,
): Promise<readonly SeriesPoint[]> {
  const points =
    seen === undefined
      ? await source(asked)
      : addedUp(
          (await source({ ...asked, by: [...new Set([...asked.by, ...narrowing])] })).filter(
            (point) => isSeen(seen, point),
          ),
          asked.by,
        );
  if (points.length > pointsMax) throw new BooksError("too_many_points");
  return points;
}

const narrowing = ["model", "adapter"] as const;

const isSeen = (seen: readonly SeenModel[], { group }: SeriesPoint): boolean =>
  seen.some(
    ({ model, adapterDigest = group.adapter }) =>
      model === group.model && adapterDigest === group.adapter,
  );

function addedUp(
  points: readonly SeriesPoint[],
  by: readonly BooksGroup[],
): readonly SeriesPoint[] {
  const sums = new Map<string, SeriesPoint>();
  for (const { startsAtEpochMs, group, ...figures } of points) {
    const kept = Object.fromEntries(by.map((name) => [name, group[name] ?? ""]));
    const key = JSON.stringify([startsAtEpochMs, kept]);
    const sum = sums.get(key);
    sums.set(key, {
      startsAtEpochMs,
      group: kept,
      ...(sum === undefined ? figures : plus(sum, figures)),
    });
  }
  return [...sums.values()];
}

const plus = (a: BooksFigures, b: BooksFigures): BooksFigures => ({
  requests: a.requests + b.requests,
  settledRequests: a.settledRequests + b.settledRequests,
  promptTokens: a.promptTokens + b.promptTokens,
  cachedTokens: a.cachedTokens + b.cachedTokens,
  outputTokens: a.outputTokens + b.outputTokens,
});
