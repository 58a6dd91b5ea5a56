// The usage ledger over SQL. A batch is one statement, so it is stored whole or not at all; its rules for a row
// that is already there are those of `mergeUsage`, in SQL.

import {
  endsWithinDefaultMs,
  settleGraceMs,
  witnessesLost,
} from "#shared/model/abandoned-account.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { Ledger, UsageQuery } from "./ledger.ts";
import type { Sql, SqlQueries, SqlRow, SqlValue } from "./sql/sql.ts";
import { totalsOf } from "./sums/sql-usage-series.ts";
import { recordConflicts } from "./reconcile/conflicting-finals.ts";

const wordColumns = {
  model: "model",
  model_version: "modelVersion",
  adapter_digest: "adapterDigest",
  pool: "pool",
  pool_class: "poolClass",
  tier: "tier",
  worker: "worker",
  worker_type: "workerType",
  zone: "zone",
  outcome: "outcome",
} as const satisfies Readonly<Record<string, keyof UsageRecord>>;

const numberColumns = {
  arrived_at_epoch_ms: "arrivedAtEpochMs",
  prompt_tokens: "promptTokens",
  cached_tokens: "cachedTokens",
  output_tokens: "outputTokens",
  split_at_epoch_ms: "splitAtEpochMs",
  output_tokens_before: "outputTokensBefore",
  queue_ms: "queueMs",
  prefill_ms: "prefillMs",
  decode_ms: "decodeMs",
  kv_block_ms: "kvBlockMs",
  preemptions: "preemptions",
  attempts: "attempts",
  gpu_us: "gpuUs",
} as const satisfies Readonly<Record<string, keyof UsageRecord>>;

const words = Object.keys(wordColumns);
const numbers = Object.keys(numberColumns);
const wordFields = Object.values(wordColumns);
const numberFields = Object.values(numberColumns);
const columns: string = ["tenant", "request_id", "is_final", ...words, ...numbers].join(", ");

// A row travels as an array, read by position: names would double the text, and a record set costs a fifth more.
const types = [
  "text",
  "text",
  "boolean",
  ...words.map(() => "text"),
  ...numbers.map(() => "float8"),
];
const given: string = types.map((type, index) => `(given->>${index})::${type}`).join(", ");

/** Of a row's last place: milliseconds from now, by the database's clock alone. */
const overdueAt = `now() + make_interval(secs => (given->>${types.length})::float8 / 1000)`;

/** Answers how many rows it made or changed: fewer than were given, and some were final already. */
const upsert = `
  with stored as (insert into usage (${columns}, overdue_at)
  select ${given}, ${overdueAt} from jsonb_array_elements($1::text::jsonb) as given
  on conflict (tenant, request_id) do update set
    is_final = excluded.is_final,
    ${words.map((column) => `${column} = case when excluded.is_final then excluded.${column} else greatest(usage.${column}, excluded.${column}) end`).join(",\n    ")},
    ${[...numbers, "overdue_at"].map((column) => `${column} = greatest(usage.${column}, excluded.${column})`).join(",\n    ")}
  where not usage.is_final returning 1)
  select count(*)::float8 as stored from stored`;

/** Without waiting for whoever writes one of them right now: it is not abandoned. */
const settle = `
  with overdue as (
    select tenant, request_id from usage
    where not is_final and ($1::float8 is null or overdue_at <= now() + make_interval(secs => $1::float8 / 1000))
    limit 10000 for update skip locked
  ), settled as (
    update usage set is_final = true, outcome = $2 from overdue
    where usage.tenant = overdue.tenant and usage.request_id = overdue.request_id
    returning 1
  )
  select count(*)::float8 as settled from settled`;

/** Over a database that `migrate` has been run on. */
export function sqlLedger(sql: Sql): Ledger {
  return {
    record: async (entries) => {
      if (entries.length === 0) return;
      const merged = mergedByKey(entries);
      const [row] = await sql.query(upsert, [JSON.stringify(merged.map(rowOf))]);
      const isAllNew = Number(row?.["stored"]) === entries.length;
      if (!isAllNew) await recordConflicts(sql, entries);
    },
    settleAbandoned: async (withinMs) => {
      const limit = Number.isFinite(withinMs) ? withinMs : null;
      const [row = {}] = await sql.query(settle, [limit, witnessesLost]);
      return Number(row["settled"]);
    },
    usageOf: (query) => recordsOf(sql, query),
    totals: (filter = {}) => totalsOf(sql, filter),
  };
}

/** Newest first. Asked as whoever the queries ask as. */
export async function recordsOf(
  queries: SqlQueries,
  query: UsageQuery,
): Promise<readonly UsageEntry[]> {
  const { where, values } = filterOf(query);
  const rows = await queries.query(
    `select ${columns} from usage ${where}
     order by arrived_at_epoch_ms desc, tenant desc, request_id desc limit $1`,
    values,
  );
  return rows.map(entryOf);
}

/** One statement may touch a row once: what is the same request is merged before. */
function mergedByKey(entries: readonly UsageEntry[]): readonly UsageEntry[] {
  const byKey = new Map<string, UsageEntry>();
  for (const entry of entries) {
    const key = `${entry.record.tenant}/${entry.record.requestId}`;
    byKey.set(key, mergeUsage(byKey.get(key), entry));
  }
  return [...byKey.values()];
}

/** In the order of `columns`, and how long until it is overdue. */
function rowOf({ record, isFinal, endsWithinMs }: UsageEntry): readonly SqlValue[] {
  const row: SqlValue[] = [record.tenant, record.requestId, isFinal];
  for (const field of wordFields) row.push(record[field]);
  for (const field of numberFields) row.push(record[field]);
  row.push((endsWithinMs ?? endsWithinDefaultMs) + settleGraceMs);
  return row;
}

function entryOf(row: SqlRow): UsageEntry {
  const record: Record<string, unknown> = { tenant: row["tenant"], requestId: row["request_id"] };
  for (const [column, field] of Object.entries(wordColumns)) record[field] = row[column];
  for (const [column, field] of Object.entries(numberColumns)) record[field] = row[column];
  return { record: record as unknown as UsageRecord, isFinal: row["is_final"] === true };
}

/** `$1` is the limit. */
function filterOf({ tenant, requestId, sinceEpochMs, untilEpochMs, after, limit }: UsageQuery): {
  readonly where: string;
  readonly values: readonly SqlValue[];
} {
  const wanted: readonly (readonly [string, SqlValue | undefined])[] = [
    ["tenant =", tenant],
    ["request_id =", requestId],
    ["arrived_at_epoch_ms >=", sinceEpochMs],
    ["arrived_at_epoch_ms <", untilEpochMs],
  ];
  const conditions: string[] = [];
  const values: SqlValue[] = [limit];
  const add = (value: SqlValue): string => `$${values.push(value)}`;
  for (const [condition, value] of wanted) {
    if (value !== undefined) conditions.push(`${condition} ${add(value)}`);
  }
  if (after !== undefined) {
    const place = [after.arrivedAtEpochMs, after.tenant, after.requestId].map(add).join(", ");
    conditions.push(`(arrived_at_epoch_ms, tenant, request_id) < (${place})`);
  }
  return { where: conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`, values };
}
