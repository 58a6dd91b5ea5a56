// Settled usage of a period by shape and by where it ran, with the moments at which rates change. By arrival, as invoices have it.

import type { SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type { TimeRange } from "#shared/ledger/sums/time-pieces.ts";
import { countedIn, cutByRequests, requestsPerPiece } from "#shared/ledger/sums/cut-by-requests.ts";
import type { Shape } from "#shared/model/margin.ts";

export interface UsageGroup {
  readonly shape: Shape;
  readonly pool: string;
  readonly zone: string;
  readonly workerType: string;
  /** How many of the moments are behind. */
  readonly bucket: number;
  readonly requests: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly gpuUs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly preemptions: number;
  readonly attempts: number;
}

const sums = ["prompt", "cached", "output"].map((what) => `${what}_tokens`);
const numbers = [...sums, "gpu_us", "prefill_ms", "decode_ms", "preemptions", "attempts"];

const grouped = `
  with edges as (
    select array(select value::float8 from jsonb_array_elements_text($3::text::jsonb) as e(value) order by 1) as at
  )
  select tenant, model, adapter_digest, pool_class, pool, zone, worker_type,
    width_bucket(arrived_at_epoch_ms, edges.at) as bucket,
    count(*)::float8 as requests, ${numbers.map((column) => `sum(${column})::float8 as ${column}`).join(", ")}
  from usage cross join edges where is_final and arrived_at_epoch_ms >= $1 and arrived_at_epoch_ms < $2
  group by 1, 2, 3, 4, 5, 6, 7, 8`;

const wordNames = [
  "tenant",
  "model",
  "adapter_digest",
  "pool_class",
  "pool",
  "zone",
  "worker_type",
  "bucket",
] as const;
const figureNames = ["requests", ...numbers];

const hoursOf = `
  select starts_at_epoch_ms::float8 as at, sum(requests)::float8 as requests from usage_fleet_hours
  where starts_at_epoch_ms >= $1::float8 and starts_at_epoch_ms < $2::float8 group by 1 order by 1`;

/** A group's words, and its figures in their order. */
interface Group {
  readonly words: readonly string[];
  readonly figures: number[];
}

/** In the order of their words. */
export async function usageGroups(
  queries: SqlQueries,
  range: TimeRange,
  boundaries: readonly number[],
): Promise<readonly UsageGroup[]> {
  const moments = JSON.stringify(boundaries);
  const all = new Map<string, Group>();
  const hours = await queries.query(hoursOf, [range.fromEpochMs, range.toEpochMs]);
  const pieces = cutByRequests(range, hours.map(countedIn), requestsPerPiece);
  for (const { fromEpochMs, toEpochMs } of pieces) {
    const rows = await queries.query(grouped, [fromEpochMs, toEpochMs, moments]);
    for (const row of rows) add(all, row);
  }
  return [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => groupOf(group));
}

function add(all: Map<string, Group>, row: SqlRow): void {
  const words = wordNames.map((name) => String(row[name]));
  const key = words.join("\0");
  const told = figureNames.map((name) => Number(row[name]));
  const before = all.get(key);
  if (before === undefined) all.set(key, { words, figures: told });
  else
    told.forEach(
      (figure, index) => (before.figures[index] = (before.figures[index] ?? 0) + figure),
    );
}

function groupOf({ words, figures }: Group): UsageGroup {
  const [tenant = "", model = "", adapterDigest = "", poolClass = "", ...where] = words;
  const [pool = "", zone = "", workerType = "", bucket = ""] = where;
  const whole = (name: string): number => Math.round(figures[figureNames.indexOf(name)] ?? 0);
  return {
    shape: { tenant, model, adapterDigest, poolClass },
    pool,
    zone,
    workerType,
    bucket: Number(bucket),
    requests: whole("requests"),
    promptTokens: whole("prompt_tokens"),
    cachedTokens: whole("cached_tokens"),
    outputTokens: whole("output_tokens"),
    gpuUs: whole("gpu_us"),
    prefillMs: whole("prefill_ms"),
    decodeMs: whole("decode_ms"),
    preemptions: whole("preemptions"),
    attempts: whole("attempts"),
  };
}
