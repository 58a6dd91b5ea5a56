// What a question about usage asks for, of its query alone: a range within bounds, a step, groups, a page. Pure.

import type { BooksGroup, BooksStep, RecordsAsked, SeriesAsked } from "#shared/model/books-desk.ts";
import { booksGroups, booksSteps, pointsMax } from "#shared/model/books-desk.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { readMomentOrAgo } from "#shared/model/moment.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { malformed } from "#services/edge/generation-request.ts";
import { requestIdForm } from "./books-path.ts";
import { queryOf } from "./known-query.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const rangeDaysMax = 400;
const rangeDefaultMs = dayMs;
/** A longer one is told by days, if nothing else is asked for. */
const byHoursMs = 7 * dayMs;

const limitDefault = 100;
const limitMax = 500;

/** `url` as the request line has it. */
export function readSeriesAsked(url: string, nowEpochMs: number): SeriesAsked | Refusal {
  const query = readQuery(url, ["from", "to", "step", "by", "format"]);
  if ("code" in query) return query;
  const range = readRange(query, nowEpochMs);
  if ("code" in range) return range;
  const fromEpochMs = Math.floor(range.fromEpochMs / minuteMs) * minuteMs;
  const toEpochMs = Math.ceil(range.toEpochMs / minuteMs) * minuteMs;
  const step = readStep(query.get("step"), toEpochMs - fromEpochMs);
  if (typeof step === "object") return step;
  const by = readGroups(query.get("by"));
  return "code" in by ? by : { fromEpochMs, toEpochMs, step, by };
}

export function readRecordsAsked(url: string, nowEpochMs: number): RecordsAsked | Refusal {
  const query = readQuery(url, ["from", "to", "limit", "after", "format"]);
  if ("code" in query) return query;
  const range = readRange(query, nowEpochMs);
  if ("code" in range) return range;
  const text = query.get("limit") ?? String(limitDefault);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > limitMax) {
    return malformed(`\`limit\` must be a whole number from 1 to ${limitMax}.`, "limit");
  }
  const given = query.get("after");
  if (given === undefined) return { ...range, limit };
  const after = requestIdForm.exec(given)?.[1];
  return after === undefined ? unknownAfter : { ...range, limit, after: after as RequestId };
}

export const unknownAfter: Refusal = malformed(
  "`after` must be the id of a request of yours: the last one of the page before.",
  "after",
);

export const tooManyPoints: Refusal = malformed(
  `That is more than ${pointsMax} rows: ask for a shorter range, a longer step or fewer groups.`,
  "step",
);

/** Each given once. */
type Given = Pick<ReadonlyMap<string, string>, "get">;

function readQuery(url: string, parameters: readonly string[]): Given | Refusal {
  const query = queryOf(url, parameters);
  if ("code" in query) return query;
  const given = new Map<string, string>();
  for (const [name, value] of query) {
    if (given.has(name)) return malformed(`\`${name}\` must be given once.`, name);
    given.set(name, value);
  }
  return given;
}

interface Range {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

function readRange(query: Given, nowEpochMs: number): Range | Refusal {
  const [from, to] = [query.get("from"), query.get("to")];
  const toEpochMs = to === undefined ? nowEpochMs : momentOf(to, nowEpochMs);
  if (toEpochMs === undefined) return noMoment("to");
  const fromEpochMs = from === undefined ? toEpochMs - rangeDefaultMs : momentOf(from, nowEpochMs);
  if (fromEpochMs === undefined) return noMoment("from");
  if (fromEpochMs >= toEpochMs) return malformed("`from` must be before `to`.", "from");
  return toEpochMs - fromEpochMs > rangeDaysMax * dayMs
    ? malformed(`A range has at most ${rangeDaysMax} days.`, "from")
    : { fromEpochMs, toEpochMs };
}

/** Beyond it no date is written with four digits for the year. */
const latestEpochMs = Date.UTC(10_000, 0);

function momentOf(text: string, nowEpochMs: number): number | undefined {
  const epochMs = readMomentOrAgo(text, nowEpochMs);
  return epochMs >= 0 && epochMs < latestEpochMs ? epochMs : undefined;
}

const noMoment = (name: string): Refusal =>
  malformed(
    `\`${name}\` must be a time, such as 2026-01-31, 2026-01-31T12:00:00Z or epoch milliseconds, or so long ago: 24h, 7d.`,
    name,
  );

const stepMs: Readonly<Record<BooksStep, number>> = {
  minute: minuteMs,
  hour: hourMs,
  day: dayMs,
  // No month is shorter.
  month: 28 * dayMs,
};

function readStep(given: string | undefined, rangeMs: number): BooksStep | Refusal {
  if (given === undefined) return rangeMs <= byHoursMs ? "hour" : "day";
  const step = booksSteps.find((each) => each === given);
  if (step === undefined) return malformed("`step` must be minute, hour, day or month.", "step");
  return Math.ceil(rangeMs / stepMs[step]) > pointsMax ? tooManyPoints : step;
}

function readGroups(given: string = ""): readonly BooksGroup[] | Refusal {
  const words = given === "" ? [] : given.split(",");
  const groups = booksGroups.filter((group) => words.includes(group));
  return groups.length === words.length
    ? groups
    : malformed("`by` must be some of model, adapter and class, with commas between them.", "by");
}
