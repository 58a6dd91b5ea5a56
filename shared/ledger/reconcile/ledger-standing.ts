// What the ledger has of a range of arrivals, as a proof of billing needs it: sums, minutes in which fewer or more requests are
// stored than were counted, accounts left open, contradictions. Reads only; lists are bounded.

import type {
  ContradictedAccount,
  EpochRange,
  ReconcileAsk,
} from "#shared/model/reconciliation.ts";
import type { Sql, SqlRow, SqlValue } from "#shared/ledger/sql/sql.ts";

export interface TenantSums {
  readonly tenant: string;
  readonly admitted: number;
  readonly served: number;
  readonly cancelled: number;
  readonly failed: number;
  readonly counters: number;
  readonly rows: number;
  readonly finalRows: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

/** A minute in which what was counted and what is stored differ. */
export interface DifferingMinute {
  readonly tenant: string;
  readonly minuteEpochMs: number;
  readonly admitted: number;
  readonly rows: number;
}

export interface NamedRequest {
  readonly tenant: string;
  readonly requestId: string;
}

export interface OpenRow extends NamedRequest {
  /** Nobody is left who could close it. */
  readonly isOverdue: boolean;
}

export interface ConflictingRow extends NamedRequest, ContradictedAccount {}

/** The end of one life of an edge, as far as it told. */
export interface CountedLife {
  readonly process: string;
  readonly life: string;
  readonly lastMinuteEpochMs: number;
}

export interface LedgerStanding {
  readonly countedSinceEpochMs: number | undefined;
  readonly sums: readonly TenantSums[];
  readonly minutes: readonly DifferingMinute[];
  readonly lives: readonly CountedLife[];
  readonly open: readonly OpenRow[];
  readonly conflicts: readonly ConflictingRow[];
  readonly impossible: readonly NamedRequest[];
  readonly digest: string | undefined;
}

/** Of a list: the rest is not looked at one by one. */
export const listedMax = 20_000;

const usageIn = `arrived_at_epoch_ms >= $1 and arrived_at_epoch_ms < $2 and ($3::text is null or tenant = $3)`;
const countedIn = `minute_epoch_ms >= $1 and minute_epoch_ms < $2 and ($3::text is null or tenant = $3)`;

const sums = `
  with counted as (
    select tenant, sum(opened) as admitted, sum(served) as served, sum(cancelled) as cancelled, sum(failed) as failed,
      count(distinct (process, life)) as counters
    from admissions where ${countedIn} group by tenant
  ), stored as (
    select tenant, count(*) as rows, count(*) filter (where is_final) as final_rows,
      sum(prompt_tokens) filter (where is_final) as prompt_tokens,
      sum(cached_tokens) filter (where is_final) as cached_tokens,
      sum(output_tokens) filter (where is_final) as output_tokens
    from usage where ${usageIn} group by tenant
  )
  select coalesce(counted.tenant, stored.tenant) as tenant,
    coalesce(admitted, 0)::float8 as "admitted", coalesce(served, 0)::float8 as "served",
    coalesce(cancelled, 0)::float8 as "cancelled", coalesce(failed, 0)::float8 as "failed",
    coalesce(counters, 0)::float8 as "counters", coalesce(rows, 0)::float8 as "rows",
    coalesce(final_rows, 0)::float8 as "finalRows", coalesce(prompt_tokens, 0)::float8 as "promptTokens",
    coalesce(cached_tokens, 0)::float8 as "cachedTokens", coalesce(output_tokens, 0)::float8 as "outputTokens"
  from counted full join stored on counted.tenant = stored.tenant order by 1`;

const minutes = `
  with counted as (
    select tenant, minute_epoch_ms as minute, sum(opened) as admitted
    from admissions where ${countedIn} group by 1, 2
  ), stored as (
    select tenant, floor(arrived_at_epoch_ms / 60000) * 60000 as minute, count(*) as rows
    from usage where ${usageIn} group by 1, 2
  )
  select coalesce(counted.tenant, stored.tenant) as tenant,
    coalesce(counted.minute, stored.minute)::float8 as "minuteEpochMs",
    coalesce(admitted, 0)::float8 as "admitted", coalesce(rows, 0)::float8 as "rows"
  from counted full join stored on counted.tenant = stored.tenant and counted.minute = stored.minute
  where coalesce(admitted, 0) <> coalesce(rows, 0)
  order by 1, 2 limit ${listedMax}`;

const lives = `
  select process, life, max(minute_epoch_ms)::float8 as "lastMinuteEpochMs"
  from admissions where ${countedIn} group by 1, 2 limit ${listedMax}`;

const open = `
  select tenant, request_id as "requestId", overdue_at <= now() as "isOverdue"
  from usage where ${usageIn} and not is_final order by arrived_at_epoch_ms limit ${listedMax}`;

const conflicts = `
  select tenant, request_id as "requestId",
    row.prompt_tokens as "billedPrompt", row.output_tokens as "billedOutput", row.outcome as "billedOutcome",
    later.prompt_tokens as "laterPrompt", later.output_tokens as "laterOutput", later.outcome as "laterOutcome"
  from (select * from usage_conflicts where ${usageIn}) as later join usage as row using (tenant, request_id)
  order by 1, 2, later.first_at limit ${listedMax}`;

const whole = ["prompt_tokens", "cached_tokens", "output_tokens", "preemptions", "attempts"];

const impossible = `
  select tenant, request_id as "requestId" from usage
  where ${usageIn} and (cached_tokens > prompt_tokens or (output_tokens > 0 and prompt_tokens = 0)
    or (is_final and outcome = '')
    or ${whole.map((column) => `${column} < 0 or ${column} > 1e9 or ${column} <> floor(${column})`).join(" or ")})
  order by arrived_at_epoch_ms limit ${listedMax}`;

/** A line for each final row, by request id: what anybody who has the rows can make again. */
const digest = `
  select encode(sha256(convert_to(coalesce(string_agg(
    request_id || ',' || prompt_tokens::bigint || ',' || cached_tokens::bigint || ',' || output_tokens::bigint || ',' || outcome,
    E'\\n' order by request_id), ''), 'UTF8')), 'hex') as digest
  from usage where ${usageIn} and is_final`;

interface DigestRow {
  readonly digest: string;
}

/** In one transaction's eyes as far as the database gives that; what is written meanwhile shows in later reads alone. */
export async function readLedgerStanding(
  sql: Pick<Sql, "query">,
  { fromEpochMs, toEpochMs, tenant }: ReconcileAsk,
): Promise<LedgerStanding> {
  const values: readonly SqlValue[] = [fromEpochMs, toEpochMs, tenant ?? null];
  const rows = async <Row>(text: string): Promise<readonly Row[]> =>
    (await sql.query(text, values)) as unknown as readonly Row[];
  const [first] = await sql.query("select min(minute_epoch_ms)::float8 as since from admissions");
  const since = first?.["since"];
  return {
    countedSinceEpochMs: typeof since === "number" ? since : undefined,
    sums: await rows<TenantSums>(sums),
    minutes: await rows<DifferingMinute>(minutes),
    lives: await rows<CountedLife>(lives),
    open: await rows<OpenRow>(open),
    conflicts: (await sql.query(conflicts, values)).map(conflictOf),
    impossible: await rows<NamedRequest>(impossible),
    digest: tenant === undefined ? undefined : (await rows<DigestRow>(digest))[0]?.digest,
  };
}

const conflictOf = (row: SqlRow): ConflictingRow => ({
  tenant: String(row["tenant"]),
  requestId: String(row["requestId"]),
  billed: {
    promptTokens: Number(row["billedPrompt"]),
    outputTokens: Number(row["billedOutput"]),
    outcome: String(row["billedOutcome"]),
  },
  toldLater: {
    promptTokens: Number(row["laterPrompt"]),
    outputTokens: Number(row["laterOutput"]),
    outcome: String(row["laterOutcome"]),
  },
});

/** Which of these the ledger has, and whether they are final. */
export async function knownRequests(
  sql: Pick<Sql, "query">,
  named: readonly NamedRequest[],
): Promise<ReadonlyMap<string, boolean>> {
  if (named.length === 0) return new Map();
  const given = named.map(({ tenant, requestId }) => [tenant, requestId]);
  const rows = await sql.query(
    `select tenant, request_id, is_final from usage
     join jsonb_array_elements($1::text::jsonb) as given on tenant = given->>0 and request_id = given->>1`,
    [JSON.stringify(given)],
  );
  return new Map(
    rows.map((row) => [
      `${String(row["tenant"])}/${String(row["request_id"])}`,
      row["is_final"] === true,
    ]),
  );
}

/** Of the range in whole minutes, so that counts and rows cover the same. */
export const wholeMinutes = ({ fromEpochMs, toEpochMs }: EpochRange): EpochRange => ({
  fromEpochMs: Math.floor(fromEpochMs / 60_000) * 60_000,
  toEpochMs: Math.ceil(toEpochMs / 60_000) * 60_000,
});
