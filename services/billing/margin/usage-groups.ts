// Settled usage of a period by shape and by where it ran, with the moments at which rates change. By arrival, as invoices have it.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
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
  select tenant, model, adapter_digest, pool_class, pool, zone, worker_type,
    (select count(*) from jsonb_array_elements_text($3::text::jsonb) as b where b::float8 <= arrived_at_epoch_ms)::int as bucket,
    count(*)::float8 as requests, ${numbers.map((column) => `sum(${column})::float8 as ${column}`).join(", ")}
  from usage where is_final and arrived_at_epoch_ms >= $1 and arrived_at_epoch_ms < $2
  group by 1, 2, 3, 4, 5, 6, 7, 8 order by 1, 2, 3, 4, 5, 6, 7, 8`;

export async function usageGroups(
  queries: SqlQueries,
  { fromEpochMs, toEpochMs }: { readonly fromEpochMs: number; readonly toEpochMs: number },
  boundaries: readonly number[],
): Promise<readonly UsageGroup[]> {
  const values = [fromEpochMs, toEpochMs, JSON.stringify(boundaries)];
  const rows = await queries.query(grouped, values);
  return rows.map((row) => {
    const text = (name: string): string => String(row[name]);
    const whole = (name: string): number => Math.round(Number(row[name]));
    return {
      shape: {
        tenant: text("tenant"),
        model: text("model"),
        adapterDigest: text("adapter_digest"),
        poolClass: text("pool_class"),
      },
      pool: text("pool"),
      zone: text("zone"),
      workerType: text("worker_type"),
      bucket: whole("bucket"),
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
  });
}
