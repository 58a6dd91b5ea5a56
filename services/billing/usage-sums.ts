// A tenant's settled usage as sums, for rating: by span of a price book, model, adapter, tier and pool class. Law: a request's prompt is
// of its arrival, its output after a split of the split; counts are summed as integers, exact beyond 2^53.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";

export interface UsageSum {
  /** Which of the asked spans it was in, from 0. */
  readonly span: number;
  readonly model: string;
  readonly adapterDigest: string;
  readonly tier: string;
  readonly poolClass: string;
  /** Whose prompt ran. */
  readonly requests: bigint;
  readonly promptTokens: bigint;
  readonly cachedTokens: bigint;
  readonly outputTokens: bigint;
}

/** Both halves are found by an index. float8 → bigint is exact; → numeric is not, beyond 15 digits. */
const sums = `
  with edges as (
    select array(select value::float8 from jsonb_array_elements_text($2::text::jsonb) with ordinality as e(value, place) order by place) as at
  ), parts as (
    select arrived_at_epoch_ms as at, model, adapter_digest, tier, pool_class, (prompt_tokens > 0)::int as requests,
      prompt_tokens::bigint as prompt_tokens, least(cached_tokens, prompt_tokens)::bigint as cached_tokens,
      (case when split_at_epoch_ms > 0 then least(output_tokens_before, output_tokens) else output_tokens end)::bigint as output_tokens
    from usage where tenant = $1 and is_final and arrived_at_epoch_ms >= $3 and arrived_at_epoch_ms < $4
    union all
    select split_at_epoch_ms, model, adapter_digest, tier, pool_class, 0, 0, 0,
      greatest(output_tokens - output_tokens_before, 0)::bigint
    from usage where tenant = $1 and is_final and split_at_epoch_ms > 0 and split_at_epoch_ms >= $3 and split_at_epoch_ms < $4
  )
  select (width_bucket(parts.at, edges.at) - 1)::int as span, model, adapter_digest, tier, pool_class,
    sum(requests)::text as requests, sum(prompt_tokens)::text as prompt_tokens,
    sum(cached_tokens)::text as cached_tokens, sum(output_tokens)::text as output_tokens
  from parts cross join edges group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`;

/** `edges`: where spans begin, in order of time, and the end of the last. */
export async function usageSums(
  queries: SqlQueries,
  tenant: string,
  edges: readonly number[],
): Promise<readonly UsageSum[]> {
  const from = edges[0] ?? 0;
  const to = edges.at(-1) ?? 0;
  const rows = await queries.query(sums, [tenant, JSON.stringify(edges.slice(0, -1)), from, to]);
  return rows.map((row) => ({
    span: Number(row["span"]),
    model: String(row["model"]),
    adapterDigest: String(row["adapter_digest"]),
    tier: String(row["tier"]),
    poolClass: String(row["pool_class"]),
    requests: BigInt(String(row["requests"])),
    promptTokens: BigInt(String(row["prompt_tokens"])),
    cachedTokens: BigInt(String(row["cached_tokens"])),
    outputTokens: BigInt(String(row["output_tokens"])),
  }));
}

/** Accounts that arrived before that moment and are not over. */
export async function openAccounts(
  queries: SqlQueries,
  tenant: string,
  beforeEpochMs: number,
): Promise<number> {
  const [row] = await queries.query(
    "select count(*)::int as open from usage where tenant = $1 and not is_final and arrived_at_epoch_ms < $2",
    [tenant, beforeEpochMs],
  );
  return Number(row?.["open"]);
}
