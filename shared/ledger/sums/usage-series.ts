// The port to sums of usage over time: totals and series of a range, by any of its groups. Law: exact for whole minutes, whether
// what was recorded last has been rolled up yet or not; a range that is not of whole minutes is refused, not rounded.

import type { UsageTotals } from "#shared/ledger/ledger.ts";

/** By which usage is told apart. An adapter is its digest, empty for the base model; a class is its pool's. */
export const usageGroups = ["tenant", "model", "adapter", "class", "tier"] as const;
export type UsageGroup = (typeof usageGroups)[number];

export const usageSteps = ["minute", "hour", "day", "month"] as const;
/** Of UTC. */
export type UsageStep = (typeof usageSteps)[number];

/** What was used in a bucket: a request where it arrived, its output where it was delivered, before or after a midnight. */
export interface UsageFigures extends UsageTotals {
  /** Of the settled: ended by themselves. */
  readonly okRequests: number;
  readonly cancelledRequests: number;
  /** Ended before any worker had run them. */
  readonly refusedRequests: number;
  readonly failedRequests: number;
}

export type UsageMetric = keyof UsageFigures;

export const usageMetrics: readonly UsageMetric[] = [
  "requests",
  "settledRequests",
  "okRequests",
  "cancelledRequests",
  "refusedRequests",
  "failedRequests",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "queueMs",
  "prefillMs",
  "decodeMs",
  "kvBlockMs",
  "preemptions",
  "attempts",
  "gpuUs",
];

export interface SeriesQuery {
  /** Whole minutes, the first in and the last out: what lies in [from, to). */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly by: readonly UsageGroup[];
  /** Absent: one total over the range. A bucket at an end of the range holds what is of the range alone. */
  readonly step?: UsageStep;
  /** What is absent does not narrow. */
  readonly only?: Readonly<Partial<Record<UsageGroup, string>>>;
  /** The most of something, greatest first; of totals alone. Absent: all, in the order of time and groups. */
  readonly top?: { readonly metric: UsageMetric; readonly rows: number };
}

/** Where nothing was used there is no row. */
export interface SeriesRow {
  /** Of its bucket, where there is a step. */
  readonly startsAtEpochMs?: number;
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly figures: UsageFigures;
}

export interface UsageSeries {
  /** Rejects with a `UsageQueryError` what it does not answer. */
  series(query: SeriesQuery): Promise<readonly SeriesRow[]>;
}

export type UsageQueryFault =
  | "not_a_time"
  | "not_whole_minutes"
  | "empty_range"
  | "too_many_buckets"
  | "too_many_rows"
  | "unknown_group"
  | "unknown_step"
  | "unknown_metric"
  | "bad_top";

/** The question is at fault; nothing was asked of the database, but for `too_many_rows`. */
export class UsageQueryError extends Error {
  readonly code: UsageQueryFault;
  /** Which part of the question. */
  readonly field: "from" | "to" | "step" | "by" | "top" | "metric";

  constructor(code: UsageQueryFault, field: UsageQueryError["field"], message: string) {
    super(message);
    this.name = "UsageQueryError";
    this.code = code;
    this.field = field;
  }
}

/** Of one answer. */
export const seriesRowsMax = 10_000;

const minuteMs = 60_000;
/** 31 December 9999: what a date is written with. */
const latestEpochMs = 253_402_300_800_000;

const stepMs: Readonly<Record<UsageStep, number>> = {
  minute: minuteMs,
  hour: 60 * minuteMs,
  day: 1440 * minuteMs,
  // No month is shorter.
  month: 28 * 1440 * minuteMs,
};

/** Throws a `UsageQueryError`. Words may have come from anywhere: types are not trusted. */
export function checkSeries({
  fromEpochMs,
  toEpochMs,
  by,
  step,
  only = {},
  top,
}: SeriesQuery): void {
  checkMoment("from", fromEpochMs);
  checkMoment("to", toEpochMs);
  if (fromEpochMs >= toEpochMs) {
    throw new UsageQueryError("empty_range", "to", "the range is empty: to must be after from");
  }
  for (const group of [...by, ...Object.keys(only)]) {
    if (!(usageGroups as readonly string[]).includes(group)) throw unknown("group", "by", group);
  }
  if (step !== undefined) checkStep(step, toEpochMs - fromEpochMs);
  if (top !== undefined) checkTop(top, step);
}

function checkMoment(field: "from" | "to", epochMs: number): void {
  if (!(epochMs >= 0 && epochMs <= latestEpochMs)) {
    throw new UsageQueryError("not_a_time", field, "no time from 1970 to 9999");
  }
  if (epochMs % minuteMs !== 0) {
    const why = "usage is summed by whole minutes: no seconds";
    throw new UsageQueryError("not_whole_minutes", field, why);
  }
}

function checkStep(step: UsageStep, rangeMs: number): void {
  if (!usageSteps.includes(step)) throw unknown("step", "step", step);
  const buckets = Math.ceil(rangeMs / stepMs[step]);
  if (buckets <= seriesRowsMax) return;
  throw new UsageQueryError(
    "too_many_buckets",
    "step",
    `the range has ${buckets} buckets of a ${step}; at most ${seriesRowsMax} are answered`,
  );
}

function checkTop({ metric, rows }: NonNullable<SeriesQuery["top"]>, step?: UsageStep): void {
  if (!usageMetrics.includes(metric)) throw unknown("metric", "metric", metric);
  if (step !== undefined) {
    throw new UsageQueryError("bad_top", "step", "the most are told of totals, not of a series");
  }
  if (!(Number.isInteger(rows) && rows >= 1 && rows <= 1000)) {
    throw new UsageQueryError("bad_top", "top", "a whole number from 1 to 1000");
  }
}

const choices = { group: usageGroups, step: usageSteps, metric: usageMetrics } as const;

const unknown = (
  kind: keyof typeof choices,
  field: UsageQueryError["field"],
  word: string,
): UsageQueryError =>
  new UsageQueryError(
    `unknown_${kind}`,
    field,
    `there is no ${kind} ${JSON.stringify(word).slice(0, 80)}; there are ${choices[kind].join(", ")}`,
  );

export const tooManyRows = (): UsageQueryError =>
  new UsageQueryError(
    "too_many_rows",
    "by",
    `more than ${seriesRowsMax} rows: a shorter range, a longer step or fewer groups`,
  );
