// Sums of usage over time in SQL: roll-ups, coarse in the middle of a range and fine at its edges, and with them what no roller
// has moved yet. Law: one statement, so one moment: each change of a row is in it once or not at all.

import type { UsageFilter, UsageTotals } from "#shared/ledger/ledger.ts";
import { narrowFor } from "./narrow-roll-ups.ts";
import { figures, givenAtArrival, givenAtSplit, minuteMs } from "./roll-up-columns.ts";
import type { Segment } from "./roll-up-segments.ts";
import { segmentsOf } from "./roll-up-segments.ts";
import type { SqlQueries, SqlRow, SqlValue } from "#shared/ledger/sql/sql.ts";
import type {
  SeriesQuery,
  SeriesRow,
  UsageFigures,
  UsageGroup,
  UsageMetric,
  UsageSeries,
  UsageStep,
} from "./usage-series.ts";
import { checkSeries, seriesRowsMax, tooManyRows } from "./usage-series.ts";

const columnOf: Readonly<Record<UsageGroup, string>> = {
  tenant: "tenant",
  model: "model",
  adapter: "adapter_digest",
  class: "pool_class",
  tier: "tier",
};

/** Metric → its figure, and how many of the figure's unit are one of the metric's. */
const figureOf: Readonly<Record<UsageMetric, readonly [figure: string, perOne: number]>> = {
  requests: ["requests", 1],
  settledRequests: ["settled_requests", 1],
  okRequests: ["ok_requests", 1],
  cancelledRequests: ["cancelled_requests", 1],
  refusedRequests: ["refused_requests", 1],
  failedRequests: ["failed_requests", 1],
  promptTokens: ["prompt_tokens", 1],
  cachedTokens: ["cached_tokens", 1],
  outputTokens: ["output_tokens", 1],
  queueMs: ["queue_us", 1000],
  prefillMs: ["prefill_us", 1000],
  decodeMs: ["decode_us", 1000],
  kvBlockMs: ["kv_block_us", 1000],
  preemptions: ["preemptions", 1],
  attempts: ["attempts", 1],
  gpuUs: ["gpu_ns", 1000],
};
const metrics = Object.entries(figureOf);

const sums = metrics
  .map(([, [figure]]) => `coalesce(sum(u.${figure}), 0)::float8 as ${figure}`)
  .join(", ");

/** Of a minute, the start of the step's bucket that it is in. */
const bucketOf: Readonly<Record<UsageStep, string>> = {
  minute: "starts_at_epoch_ms",
  hour: "starts_at_epoch_ms - starts_at_epoch_ms % 3600000",
  day: "starts_at_epoch_ms - starts_at_epoch_ms % 86400000",
  month: `(extract(epoch from date_trunc('month', to_timestamp(starts_at_epoch_ms / 1000), 'UTC')) * 1000)::bigint`,
};

const longestMsOf = (step: UsageStep | undefined): number =>
  step === "minute" ? minuteMs : step === "hour" ? 60 * minuteMs : Infinity;

/** What a statement is asked with; `$n` for each. */
class Values {
  readonly all: SqlValue[] = [];

  add(value: SqlValue, type: "text" | "bigint" | "float8"): string {
    this.all.push(value);
    return `$${this.all.length}::${type === "bigint" ? "float8::bigint" : type}`;
  }
}

interface Narrowed {
  readonly columns: readonly string[];
  readonly conditions: readonly string[];
}

/** Lines of a part of the range: when, whose, how much, from the roll-up with the fewest rows. Words other than the tenant's are looked up only where they are asked for. */
function linesOf(
  { level, ...range }: Segment,
  values: Values,
  { columns, conditions }: Narrowed,
): string {
  const narrow = narrowFor(level, columns);
  if (narrow !== undefined)
    return partOf(`${narrow.table} s`, range, values, { columns, conditions });
  const isNamed = columns.some((column) => column !== "tenant");
  const from = isNamed
    ? `(select s.*, g.model, g.adapter_digest, g.pool_class, g.tier
        from ${level.table} s join usage_groups g on g.id = s.group_id) s`
    : `${level.table} s`;
  return partOf(from, range, values, { columns, conditions });
}

function partOf(
  from: string,
  { fromEpochMs, toEpochMs }: Pick<Segment, "fromEpochMs" | "toEpochMs">,
  values: Values,
  { columns, conditions }: Narrowed,
): string {
  const wanted = [
    ...(Number.isFinite(fromEpochMs)
      ? [`starts_at_epoch_ms >= ${values.add(fromEpochMs, "bigint")}`]
      : []),
    ...(Number.isFinite(toEpochMs)
      ? [`starts_at_epoch_ms < ${values.add(toEpochMs, "bigint")}`]
      : []),
    ...conditions,
  ];
  const shown = ["starts_at_epoch_ms", ...columns, ...figures].join(", ");
  return `select ${shown} from ${from}${wanted.length === 0 ? "" : ` where ${wanted.join(" and ")}`}`;
}

/** Rolled up, and not yet. */
function rolled(
  segments: readonly Segment[],
  values: Values,
  narrowed: Narrowed,
): readonly string[] {
  const [first, last] = [segments[0], segments.at(-1)];
  if (first === undefined || last === undefined) return [];
  const whole = {
    fromEpochMs: Math.min(...segments.map(({ fromEpochMs }) => fromEpochMs)),
    toEpochMs: Math.max(...segments.map(({ toEpochMs }) => toEpochMs)),
  };
  return [
    ...segments.map((segment) => linesOf(segment, values, narrowed)),
    partOf("usage_deltas s", whole, values, narrowed),
  ];
}

/** Asked as whoever the queries ask as: in a tenant's name with `only` that tenant, for it may not see the sums of all. */
export function sqlUsageSeries(queries: SqlQueries): UsageSeries {
  return { series: (query) => seriesOf(queries, query) };
}

async function seriesOf(queries: SqlQueries, query: SeriesQuery): Promise<readonly SeriesRow[]> {
  checkSeries(query);
  const { fromEpochMs, toEpochMs, step, top, only = {} } = query;
  const by = [...new Set(query.by)];
  const values = new Values();
  const narrowing = Object.entries(only) as (readonly [UsageGroup, string])[];
  const narrowed: Narrowed = {
    columns: [...new Set([...by, ...narrowing.map(([group]) => group)])].map(
      (group) => columnOf[group],
    ),
    conditions: narrowing.map(
      ([group, word]) => `${columnOf[group]} = ${values.add(word, "text")}`,
    ),
  };
  const parts = rolled(segmentsOf(fromEpochMs, toEpochMs, longestMsOf(step)), values, narrowed);
  const keys = [
    ...(step === undefined ? [] : [`(${bucketOf[step]})::float8`]),
    ...by.map((group) => columnOf[group]),
  ];
  const named = keys.map((key, index) => `${key} as k${index}`);
  const limit = values.add(top?.rows ?? seriesRowsMax + 1, "bigint");
  const rows = await queries.query(
    `select ${[...named, sums].join(", ")} from (${parts.join("\n union all ")}) u
     ${keys.length === 0 ? "" : `group by ${keys.map((_, index) => index + 1).join(", ")}`}
     having coalesce(sum(u.requests), 0) <> 0 or coalesce(sum(u.output_tokens), 0) <> 0
     order by ${orderOf(top, keys.length)} limit ${limit}`,
    values.all,
  );
  if (top === undefined && rows.length > seriesRowsMax) throw tooManyRows();
  return rows.map((row) => rowOf(row, by, step));
}

function orderOf(top: SeriesQuery["top"], keys: number): string {
  const order = [...Array(keys)].map((_, index) => `${index + 1}`);
  if (top !== undefined) order.unshift(`${figureOf[top.metric][0]} desc`);
  return order.length === 0 ? "1" : order.join(", ");
}

function rowOf(row: SqlRow, by: readonly UsageGroup[], step: UsageStep | undefined): SeriesRow {
  const offset = step === undefined ? 0 : 1;
  const group = Object.fromEntries(
    by.map((name, index) => [name, String(row[`k${index + offset}`])]),
  );
  const figuresHere = figuresOf(row);
  return step === undefined
    ? { group, figures: figuresHere }
    : { startsAtEpochMs: Number(row["k0"]), group, figures: figuresHere };
}

const figuresOf = (row: SqlRow): UsageFigures =>
  Object.fromEntries(
    metrics.map(([metric, [figure, perOne]]) => [metric, Number(row[figure]) / perOne]),
  ) as unknown as UsageFigures;

/** As `Ledger` totals: of requests by when they arrived, with all of their output. Of one request the rows are asked. */
export async function totalsOf(
  queries: SqlQueries,
  { tenant, requestId, sinceEpochMs = -Infinity, untilEpochMs = Infinity }: UsageFilter,
): Promise<UsageTotals> {
  const values = new Values();
  const conditions = tenant === undefined ? [] : [`tenant = ${values.add(tenant, "text")}`];
  const range = { fromEpochMs: sinceEpochMs, toEpochMs: untilEpochMs };
  const parts =
    requestId === undefined
      ? arrivedIn(range, values, conditions)
      : rowsIn(range, values, [...conditions, `request_id = ${values.add(requestId, "text")}`]);
  const [row = {}] = await queries.query(
    `select ${sums} from (${parts.join("\n union all ")}) u`,
    values.all,
  );
  const {
    okRequests: _ok,
    cancelledRequests: _cancelled,
    refusedRequests: _refused,
    failedRequests: _failed,
    ...totals
  } = figuresOf(row);
  return totals;
}

type Range = Pick<Segment, "fromEpochMs" | "toEpochMs">;

/** Whole minutes from the roll-ups, less than a minute at an end from its rows; and output on the other side of an end is brought over. */
function arrivedIn(range: Range, values: Values, conditions: readonly string[]): readonly string[] {
  const fromEpochMs = wholeMinutes(range.fromEpochMs, Math.ceil);
  const toEpochMs = wholeMinutes(range.toEpochMs, Math.floor);
  if (fromEpochMs >= toEpochMs) return rowsIn(range, values, conditions);
  const narrowed = { columns: conditions.length === 0 ? [] : ["tenant"], conditions };
  const parts = rolled(segmentsOf(fromEpochMs, toEpochMs), values, narrowed);
  const shown = ["starts_at_epoch_ms", ...narrowed.columns, ...figures].join(", ");
  const lines = (given: string): string => `select ${shown} from (${given}) s`;
  const where = (...more: readonly string[]): string => [...more, ...conditions].join(" and ");
  const within = (column: string, { fromEpochMs: from, toEpochMs: to }: Range): string =>
    `${column} >= ${values.add(from, "float8")} and ${column} < ${values.add(to, "float8")}`;
  const edges = [
    { fromEpochMs: range.fromEpochMs, toEpochMs: fromEpochMs },
    { fromEpochMs: toEpochMs, toEpochMs: range.toEpochMs },
  ].filter((edge) => edge.fromEpochMs < edge.toEpochMs);
  const atEdges = edges.map((edge) =>
    lines(givenAtArrival({ from: "usage", where: where(within("arrived_at_epoch_ms", edge)) })),
  );
  if (!Number.isFinite(fromEpochMs) && !Number.isFinite(toEpochMs)) return parts;
  const finite = { fromEpochMs: finitely(range.fromEpochMs), toEpochMs: finitely(range.toEpochMs) };
  const arrived = `(${within("arrived_at_epoch_ms", finite)})`;
  const split = `(${within("split_at_epoch_ms", {
    fromEpochMs: finitely(fromEpochMs),
    toEpochMs: finitely(toEpochMs),
  })})`;
  return [
    ...parts,
    ...atEdges,
    lines(givenAtSplit({ from: "usage", where: where(arrived, `not ${split}`) })),
    lines(givenAtSplit({ from: "usage", where: where(split, `not ${arrived}`), sign: -1 })),
  ];
}

function rowsIn(range: Range, values: Values, conditions: readonly string[]): readonly string[] {
  const where = [
    ...conditions,
    `arrived_at_epoch_ms >= ${values.add(finitely(range.fromEpochMs), "float8")}`,
    `arrived_at_epoch_ms < ${values.add(finitely(range.toEpochMs), "float8")}`,
  ].join(" and ");
  const shown = ["starts_at_epoch_ms", ...figures].join(", ");
  return [givenAtArrival({ from: "usage", where }), givenAtSplit({ from: "usage", where })].map(
    (given) => `select ${shown} from (${given}) s`,
  );
}

const wholeMinutes = (epochMs: number, round: (minutes: number) => number): number =>
  Number.isFinite(epochMs) ? round(epochMs / minuteMs) * minuteMs : epochMs;

/** Beyond every moment that is kept. */
const finitely = (epochMs: number): number =>
  Math.min(Math.max(epochMs, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
