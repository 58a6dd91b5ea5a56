// What others have been told of usage, minute by minute and tenant by tenant. Law: a minute's revisions add up to its usage; what comes
// late is a revision of its own with the difference, and nothing that was noted ever changes, so that a page can be asked for again.

import { timePieces } from "#shared/ledger/sums/time-pieces.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import { BillingError } from "#shared/model/billing-desk.ts";

/** A minute is noted when it is so long over: most of its requests are settled by then. */
export const settledAfterMs = 120_000;

const collectSpanMaxMs = 31 * 86_400_000;

export interface MinuteRevision {
  readonly seq: number;
  readonly tenant: string;
  readonly minuteEpochS: number;
  readonly revision: number;
  readonly requests: string;
  readonly inputTokens: string;
  readonly cachedTokens: string;
  readonly outputTokens: string;
  /** At Stripe; undefined: it has no account there. */
  readonly stripeCustomer: string | undefined;
}

/** Its input is without what was found cached. Minutes of arrival; output after a split is of the split's. */
const collecting = `
  with parts as (
    select tenant, arrived_at_epoch_ms as at, (prompt_tokens > 0)::int as requests,
      (prompt_tokens - least(cached_tokens, prompt_tokens))::bigint as input, least(cached_tokens, prompt_tokens)::bigint as cached,
      (case when split_at_epoch_ms > 0 then least(output_tokens_before, output_tokens) else output_tokens end)::bigint as output
    from usage where is_final and arrived_at_epoch_ms >= $1 and arrived_at_epoch_ms < $2
    union all
    select tenant, split_at_epoch_ms, 0, 0, 0, greatest(output_tokens - output_tokens_before, 0)::bigint
    from usage where is_final and split_at_epoch_ms > 0 and split_at_epoch_ms >= $1 and split_at_epoch_ms < $2
      and arrived_at_epoch_ms >= $1::float8 - 2592000000 and arrived_at_epoch_ms < $2
  ), used as (
    select tenant, floor(at / 60000)::bigint * 60 as minute, sum(requests) as requests, sum(input) as input,
      sum(cached) as cached, sum(output) as output
    from parts where tenant ~ '^[a-z0-9-]{1,63}$' group by 1, 2
  ), told as (
    select tenant, minute_epoch_s as minute, max(revision) as revision, sum(requests) as requests, sum(input_tokens) as input,
      sum(cached_tokens) as cached, sum(output_tokens) as output
    from usage_exports where minute_epoch_s >= $1::float8 / 1000 and minute_epoch_s < $2::float8 / 1000 group by 1, 2
  ), noted as (
    insert into usage_exports (tenant, minute_epoch_s, revision, requests, input_tokens, cached_tokens, output_tokens)
    select u.tenant, u.minute, coalesce(t.revision, 0) + 1, u.requests - coalesce(t.requests, 0), u.input - coalesce(t.input, 0),
      u.cached - coalesce(t.cached, 0), u.output - coalesce(t.output, 0)
    from used u left join told t on t.tenant = u.tenant and t.minute = u.minute
    where (u.requests, u.input, u.cached, u.output) is distinct from
      (coalesce(t.requests, 0), coalesce(t.input, 0), coalesce(t.cached, 0), coalesce(t.output, 0))
    order by u.minute, u.tenant returning 1
  )
  select count(*)::int as noted from noted`;

const dayMs = 86_400_000;

/** Whole minutes of the stretch that have been over long enough. Answers how many revisions are new. */
export async function collectMinutes(
  sql: Sql,
  {
    fromEpochMs,
    toEpochMs,
    nowEpochMs,
  }: { readonly fromEpochMs: number; readonly toEpochMs: number; readonly nowEpochMs: number },
): Promise<number> {
  const from = Math.floor(fromEpochMs / 60_000) * 60_000;
  const to = Math.floor(Math.min(toEpochMs, nowEpochMs - settledAfterMs) / 60_000) * 60_000;
  if (toEpochMs <= fromEpochMs || toEpochMs - fromEpochMs > collectSpanMaxMs) {
    throw new BillingError(
      "bad_period",
      "to: expected a moment after from, and at most 31 days after it",
    );
  }
  if (to <= from) return 0;
  return sql.transaction(async (queries) => {
    await queries.query("lock table usage_exports in exclusive mode");
    let noted = 0;
    for (const { fromEpochMs: starts, toEpochMs: ends } of timePieces(
      { fromEpochMs: from, toEpochMs: to },
      dayMs,
    )) {
      const [row] = await queries.query(collecting, [starts, ends]);
      noted += Number(row?.["noted"]);
    }
    return noted;
  });
}

export async function revisionsAfter(
  queries: SqlQueries,
  seq: number,
  limit: number,
): Promise<readonly MinuteRevision[]> {
  const rows = await queries.query(
    `select e.seq::float8 as seq, e.tenant, e.minute_epoch_s::float8 as minute, e.revision, e.requests::text as requests,
       e.input_tokens::text as input, e.cached_tokens::text as cached, e.output_tokens::text as output,
       coalesce(own.stripe_customer, '') as customer
     from usage_exports e left join billing_accounts own on own.tenant = e.tenant
     where e.seq > $1 order by e.seq limit $2`,
    [seq, limit],
  );
  return rows.map((row) => ({
    seq: Number(row["seq"]),
    tenant: String(row["tenant"]),
    minuteEpochS: Number(row["minute"]),
    revision: Number(row["revision"]),
    requests: String(row["requests"]),
    inputTokens: String(row["input"]),
    cachedTokens: String(row["cached"]),
    outputTokens: String(row["output"]),
    stripeCustomer: String(row["customer"]) || undefined,
  }));
}
