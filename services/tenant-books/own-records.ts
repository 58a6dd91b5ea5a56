// A tenant's requests as they are billed, one by one: newest first, page by page by the last one told, or one by its id. Law: what
// is another's, what a narrowed key may not see and what never was are the same: not there.

import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type {
  BooksRecord,
  RecordAsked,
  RecordsAsked,
  SeenModel,
} from "#shared/model/books-desk.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";

type AsTenant = Pick<Sql, "asTenant">;

const columns = `request_id, is_final, arrived_at_epoch_ms, model, model_version, adapter_digest,
  pool_class, tier, zone, outcome, prompt_tokens, cached_tokens, output_tokens, split_at_epoch_ms,
  output_tokens_before, queue_ms, attempts`;

/** `$2`: JSON of `SeenModel`s, or null. The tenant is said as well, for the index that begins with it. */
const isSeen = `tenant = $1 and ($2::text is null or exists (
  select from jsonb_array_elements($2::text::jsonb) as seen
  where seen->>'model' = model and coalesce(seen->>'adapterDigest', adapter_digest) = adapter_digest))`;

const byId = `select ${columns} from usage where ${isSeen} and request_id = $3`;

/** Behind a place: all that is of one moment is told apart by its id. */
const page = `select ${columns} from usage where ${isSeen}
  and arrived_at_epoch_ms >= $3::float8 and arrived_at_epoch_ms < $4::float8
  and arrived_at_epoch_ms <= $5::float8 and (arrived_at_epoch_ms, request_id) < ($5::float8, $6::text)
  order by arrived_at_epoch_ms desc, request_id desc limit $7`;

export const ownRecord = (
  sql: AsTenant,
  tenant: TenantId,
  { requestId, seen }: RecordAsked,
): Promise<BooksRecord | undefined> =>
  sql.asTenant(tenant, (queries) => recordIn(queries, tenant, { requestId, seen }));

export const ownRecords = (
  sql: AsTenant,
  tenant: TenantId,
  asked: RecordsAsked,
): Promise<readonly BooksRecord[] | undefined> =>
  sql.asTenant(tenant, async (queries) => {
    const { fromEpochMs, toEpochMs, limit, after: requestId, seen } = asked;
    const after =
      requestId === undefined
        ? { arrivedAtEpochMs: toEpochMs, requestId: "" }
        : await recordIn(queries, tenant, { requestId, seen });
    if (after === undefined) return undefined;
    const rows = await queries.query(page, [
      tenant,
      seenText(seen),
      fromEpochMs,
      toEpochMs,
      after.arrivedAtEpochMs,
      after.requestId,
      limit,
    ]);
    return rows.map(recordOf);
  });

interface Wanted {
  readonly requestId: RequestId;
  readonly seen: readonly SeenModel[] | undefined;
}

async function recordIn(
  queries: SqlQueries,
  tenant: TenantId,
  { requestId, seen }: Wanted,
): Promise<BooksRecord | undefined> {
  const [row] = await queries.query(byId, [tenant, seenText(seen), requestId]);
  return row === undefined ? undefined : recordOf(row);
}

const seenText = (seen: readonly SeenModel[] | undefined): string | null =>
  seen === undefined ? null : JSON.stringify(seen);

const recordOf = (row: SqlRow): BooksRecord => ({
  requestId: String(row["request_id"]) as RequestId,
  isFinal: row["is_final"] === true,
  arrivedAtEpochMs: Number(row["arrived_at_epoch_ms"]),
  model: String(row["model"]),
  modelVersion: String(row["model_version"]),
  adapterDigest: String(row["adapter_digest"]),
  poolClass: String(row["pool_class"]),
  tier: String(row["tier"]),
  zone: String(row["zone"]),
  outcome: String(row["outcome"]),
  promptTokens: Number(row["prompt_tokens"]),
  cachedTokens: Number(row["cached_tokens"]),
  outputTokens: Number(row["output_tokens"]),
  splitAtEpochMs: Number(row["split_at_epoch_ms"]),
  outputTokensBefore: Number(row["output_tokens_before"]),
  queueMs: Number(row["queue_ms"]),
  attempts: Number(row["attempts"]),
});
