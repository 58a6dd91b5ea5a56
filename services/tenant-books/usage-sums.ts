// Sums of a tenant's usage over time, from its requests themselves.

import type { Sql, SqlRow } from "#shared/ledger/sql.ts";
import type { BooksGroup, BooksStep, SeriesPoint } from "#shared/model/books-desk.ts";
import { BooksError, pointsMax } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { SumsAsked } from "./series-seen.ts";

/** `$4`: a step of `date_trunc`, in UTC. Output after a midnight is of the day that began with it. */
const sums = `
  with lines as (
    select arrived_at_epoch_ms as at, model, adapter_digest, pool_class, 1 as requests, is_final::int as settled,
      prompt_tokens, cached_tokens,
      case when split_at_epoch_ms > 0 then output_tokens_before else output_tokens end as output_tokens
    from usage where tenant = $1 and arrived_at_epoch_ms >= $2::float8 and arrived_at_epoch_ms < $3::float8
    union all
    select split_at_epoch_ms, model, adapter_digest, pool_class, 0, 0, 0, 0, output_tokens - output_tokens_before
    from usage where tenant = $1 and split_at_epoch_ms >= $2::float8 and split_at_epoch_ms < $3::float8
      and arrived_at_epoch_ms >= $2::float8 - 86400000 and arrived_at_epoch_ms < $3::float8 and split_at_epoch_ms > 0
  )
  select (extract(epoch from date_trunc($4::text, to_timestamp(at / 1000), 'UTC')) * 1000)::float8 as starts_at,
    case when $5::boolean then model else '' end as model,
    case when $6::boolean then adapter_digest else '' end as adapter,
    case when $7::boolean then pool_class else '' end as class,
    sum(requests)::float8 as requests, sum(settled)::float8 as settled, sum(prompt_tokens)::float8 as prompt,
    sum(cached_tokens)::float8 as cached, sum(output_tokens)::float8 as output
  from lines group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit $8`;

/** More than an answer has: of a narrowed key's many may be added up to one. */
const rowsMax = pointsMax * 5;

export async function usageSums(
  sql: Pick<Sql, "asTenant">,
  tenant: TenantId,
  { fromEpochMs, toEpochMs, step, by }: SumsAsked,
): Promise<readonly SeriesPoint[]> {
  const has = (group: BooksGroup): boolean => by.includes(group);
  const told = [has("model"), has("adapter"), has("class")];
  const values = [tenant, fromEpochMs, toEpochMs, step satisfies BooksStep, ...told, rowsMax + 1];
  const rows = await sql.asTenant(tenant, (queries) => queries.query(sums, values));
  if (rows.length > rowsMax) throw new BooksError("too_many_points");
  return rows.map((row) => pointOf(row, by));
}

const pointOf = (row: SqlRow, by: readonly BooksGroup[]): SeriesPoint => ({
  startsAtEpochMs: Number(row["starts_at"]),
  group: Object.fromEntries(by.map((group) => [group, String(row[group])])),
  requests: Number(row["requests"]),
  settledRequests: Number(row["settled"]),
  promptTokens: Number(row["prompt"]),
  cachedTokens: Number(row["cached"]),
  outputTokens: Number(row["output"]),
});
