// A tenant's settled usage as sums, for rating: by span of a price book, model, adapter, tier and pool class. Law: a request's prompt is
// of its arrival, its output after a split of the split; counts are summed as integers, exact beyond 2^53. What settles while pieces
// are asked may be in by half, where the transaction is no snapshot: the next invoice has the rest.

import { countedIn, cutByRequests, requestsPerPiece } from "#shared/ledger/sums/cut-by-requests.ts";
import type { SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";

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
  from parts cross join edges group by 1, 2, 3, 4, 5`;

const hoursOf = `
  select starts_at_epoch_ms::float8 as at, requests::float8 as requests from usage_tenant_hours
  where tenant = $1 and starts_at_epoch_ms >= $2::float8 and starts_at_epoch_ms < $3::float8 order by 1`;

/** `edges`: where spans begin, in order of time, and the end of the last. Asked in pieces: a month of a large tenant's is millions. */
export async function usageSums(
  queries: SqlQueries,
  tenant: string,
  edges: readonly number[],
): Promise<readonly UsageSum[]> {
  const range = { fromEpochMs: edges[0] ?? 0, toEpochMs: edges.at(-1) ?? 0 };
  const hours = await queries.query(hoursOf, [tenant, range.fromEpochMs, range.toEpochMs]);
  const spans = JSON.stringify(edges.slice(0, -1));
  const all = new Map<string, UsageSum>();
  for (const piece of cutByRequests(range, hours.map(countedIn), requestsPerPiece)) {
    const rows = await queries.query(sums, [tenant, spans, piece.fromEpochMs, piece.toEpochMs]);
    for (const row of rows) add(all, sumOf(row));
  }
  return [...all.values()].toSorted(inOrder);
}

function sumOf(row: SqlRow): UsageSum {
  return {
    span: Number(row["span"]),
    model: String(row["model"]),
    adapterDigest: String(row["adapter_digest"]),
    tier: String(row["tier"]),
    poolClass: String(row["pool_class"]),
    requests: BigInt(String(row["requests"])),
    promptTokens: BigInt(String(row["prompt_tokens"])),
    cachedTokens: BigInt(String(row["cached_tokens"])),
    outputTokens: BigInt(String(row["output_tokens"])),
  };
}

const wordsOf = ({ model, adapterDigest, tier, poolClass }: UsageSum): readonly string[] => [
  model,
  adapterDigest,
  tier,
  poolClass,
];

function add(all: Map<string, UsageSum>, sum: UsageSum): void {
  const key = JSON.stringify([sum.span, ...wordsOf(sum)]);
  const before = all.get(key);
  if (before === undefined) {
    all.set(key, sum);
    return;
  }
  all.set(key, {
    ...sum,
    requests: before.requests + sum.requests,
    promptTokens: before.promptTokens + sum.promptTokens,
    cachedTokens: before.cachedTokens + sum.cachedTokens,
    outputTokens: before.outputTokens + sum.outputTokens,
  });
}

/** By span, then by words, by code unit: an invoice's lines come in this order. */
function inOrder(a: UsageSum, b: UsageSum): number {
  if (a.span !== b.span) return a.span - b.span;
  const [ours, theirs] = [wordsOf(a), wordsOf(b)];
  const at = ours.findIndex((word, index) => word !== theirs[index]);
  return at < 0 ? 0 : (ours[at] ?? "") < (theirs[at] ?? "") ? -1 : 1;
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
