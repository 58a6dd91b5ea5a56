// Where GPU time went, over SQL. A minute's part is the difference from the row of the same life before it, so what was stored twice
// or late is in it once; what died with a worker is concluded from its last row.

import type { GpuGroup } from "#shared/model/gpu-cost.ts";
import { unaccountedUs } from "#shared/model/gpu-conservation.ts";
import type { GpuLife } from "#shared/model/gpu-conservation.ts";
import type { GpuLines } from "#shared/model/gpu-lines.ts";
import { addLines, gpuLineNames, mapLines, noGpuLines } from "#shared/model/gpu-lines.ts";
import { rateBoundaries, rateOf } from "#shared/model/gpu-rates.ts";
import type { GpuRate } from "#shared/model/gpu-rates.ts";
import type { GpuEntry, TenantGpuWord } from "#shared/model/gpu-word.ts";
import { gpuEntryKey, mergeGpuEntries, minuteOf } from "#shared/model/gpu-word.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { GpuLedger, GpuPeriod, GpuRateSet } from "./gpu-ledger.ts";
import { columnOf, lineColumns } from "./gpu-schema.ts";
import { recordShapes, shapeTimes } from "./sql-shape-time.ts";
import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";

const lineFields = gpuLineNames.filter((line) => line !== "unaccountedUs");
const words = ["pool", "zone", "worker_type"];
const growing = ["told_at_epoch_ms", "outside_us", ...lineColumns];
const columns = [
  "worker",
  "life",
  "minute_epoch_ms",
  ...words,
  "gpus",
  "started_at_epoch_ms",
].concat(growing);
const types = ["text", "float8", "float8", "text", "text", "text", "int", "float8"].concat(
  growing.map(() => "float8"),
);
const given = types.map((type, index) => `(given->>${index})::${type}`).join(", ");

const upsert = `
  insert into gpu_time (${columns.join(", ")})
  select ${given} from jsonb_array_elements($1::text::jsonb) as given
  on conflict (worker, life, minute_epoch_ms) do update set
    ${words.map((column) => `${column} = excluded.${column}`).join(", ")},
    started_at_epoch_ms = least(gpu_time.started_at_epoch_ms, excluded.started_at_epoch_ms),
    ${growing.map((column) => `${column} = greatest(gpu_time.${column}, excluded.${column})`).join(",\n    ")}`;

const upsertTenants = `
  insert into gpu_tenant_time (worker, life, minute_epoch_ms, tenant, requests_us, recompute_us)
  select given->>0, (given->>1)::float8, (given->>2)::float8, given->>3, (given->>4)::float8, (given->>5)::float8
  from jsonb_array_elements($1::text::jsonb) as given
  on conflict (worker, life, tenant, minute_epoch_ms) do update set
    requests_us = greatest(gpu_tenant_time.requests_us, excluded.requests_us),
    recompute_us = greatest(gpu_tenant_time.recompute_us, excluded.recompute_us)`;

/** Of the period's rows: how many moments at which a rate changes are behind each. */
const bucketed = `
  with r as (
    select *, (select count(*) from jsonb_array_elements_text($3::text::jsonb) as b where b::float8 <= minute_epoch_ms)::int as bucket
    from gpu_time where minute_epoch_ms >= $1 and minute_epoch_ms < $2
  )`;

const previous = (table: string, of: string, also = ""): string => `
  left join lateral (
    select * from ${table} p where p.worker = ${of}.worker and p.life = ${of}.life ${also}
      and p.minute_epoch_ms < ${of}.minute_epoch_ms order by p.minute_epoch_ms desc limit 1
  ) p on true`;

const groupedLines = `${bucketed}
  select r.pool, r.zone, r.worker_type, r.bucket,
    ${lineColumns.map((column) => `sum(r.${column} - coalesce(p.${column}, 0))::float8 as ${column}`).join(", ")}
  from r ${previous("gpu_time", "r")}
  group by r.pool, r.zone, r.worker_type, r.bucket order by 1, 2, 3, 4`;

const groupedTenants = `${bucketed}
  select r.pool, r.zone, r.worker_type, r.bucket, t.tenant,
    sum(t.requests_us - coalesce(p.requests_us, 0))::float8 as requests_us,
    sum(t.recompute_us - coalesce(p.recompute_us, 0))::float8 as recompute_us
  from r join gpu_tenant_time t using (worker, life, minute_epoch_ms)
  ${previous("gpu_tenant_time", "t", "and p.tenant = t.tenant")}
  group by r.pool, r.zone, r.worker_type, r.bucket, t.tenant order by 6 desc, 5`;

const lastOfLives = `
  select distinct on (r.worker, r.life) r.*,
    (select min(n.started_at_epoch_ms) from gpu_time n where n.worker = r.worker and n.life > r.life) as next_started,
    exists (select from gpu_time l where l.worker = r.worker and l.life = r.life and l.minute_epoch_ms > r.minute_epoch_ms) as goes_on,
    (extract(epoch from now()) * 1000)::float8 as now_epoch_ms
  from gpu_time r where r.minute_epoch_ms >= $1 and r.minute_epoch_ms < $2
  order by r.worker, r.life, r.minute_epoch_ms desc`;

const usageOfPeriod = `
  select coalesce(sum(gpu_us), 0)::float8 as gpu_us from usage
  where arrived_at_epoch_ms >= $1 and arrived_at_epoch_ms < $2`;

const lastRates =
  "select version, rates::text as rates from gpu_rate_sets order by version desc limit 1";

/** Over a database that `migrate` has been run on. */
export function sqlGpuLedger(sql: Sql): GpuLedger {
  return {
    recordGpuTime: (entries) => record(sql, entries),
    groups: (period) => groupsOf(sql, period),
    shapes: async (period) => shapeTimes(sql, period, (await ratesOf(sql)).rates),
    lives: async (period) => (await lastRows(sql, period)).map(lifeOf),
    usageUs: async ({ fromEpochMs, toEpochMs }) => {
      const [row = {}] = await sql.query(usageOfPeriod, [fromEpochMs, toEpochMs]);
      return Number(row["gpu_us"]);
    },
    rates: () => ratesOf(sql),
    setRates: (rates, actor) =>
      sql.transaction(async (queries) => {
        await queries.query("lock table gpu_rate_sets in exclusive mode");
        const version = (await ratesOf(queries)).version + 1;
        await queries.query(
          "insert into gpu_rate_sets (version, rates) values ($1, $2::text::jsonb)",
          [version, JSON.stringify(rates)],
        );
        await writeAudit(queries, { actor, action: "set gpu rates", detail: { version, rates } });
        return { version, rates };
      }),
  };
}

async function record(sql: Sql, entries: readonly GpuEntry[]): Promise<void> {
  const byKey = new Map<string, GpuEntry>();
  for (const entry of entries) {
    const key = gpuEntryKey(entry);
    byKey.set(key, mergeGpuEntries(byKey.get(key), entry));
  }
  // In one order, so that two writers never wait for each other.
  const sorted = [...byKey.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
  if (sorted.length === 0) return;
  const tenants = sorted.flatMap((entry) =>
    entry.tenants
      .toSorted((a, b) => (a.tenant < b.tenant ? -1 : 1))
      .map((one) => [...keyOf(entry), one.tenant, one.requestsUs, one.recomputeUs]),
  );
  await sql.transaction(async (queries) => {
    await queries.query(upsert, [JSON.stringify(sorted.map(rowOf))]);
    if (tenants.length > 0) await queries.query(upsertTenants, [JSON.stringify(tenants)]);
    await recordShapes(queries, sorted);
  });
}

const keyOf = ({ worker, life, toldAtEpochMs }: GpuEntry): readonly (string | number)[] => [
  worker,
  life,
  minuteOf(toldAtEpochMs),
];

/** In the order of `columns`. */
const rowOf = (entry: GpuEntry): readonly (string | number)[] => [
  ...keyOf(entry),
  entry.pool,
  entry.zone,
  entry.workerType,
  entry.gpus,
  entry.startedAtEpochMs,
  entry.toldAtEpochMs,
  entry.outsideUs,
  ...lineFields.map((line) => entry.lines[line]),
];

const linesOf = (row: SqlRow): GpuLines =>
  mapLines((line) => (line === "unaccountedUs" ? 0 : Number(row[columnOf(line)])));

const lifeOf = (row: SqlRow): GpuLife => ({
  worker: String(row["worker"]),
  life: Number(row["life"]),
  pool: String(row["pool"]),
  zone: String(row["zone"]),
  workerType: String(row["worker_type"]),
  gpus: Number(row["gpus"]),
  startedAtEpochMs: Number(row["started_at_epoch_ms"]),
  toldAtEpochMs: Number(row["told_at_epoch_ms"]),
  outsideUs: Number(row["outside_us"]),
  lines: linesOf(row),
  ...(row["next_started"] === null ? {} : { nextStartedAtEpochMs: Number(row["next_started"]) }),
});

const lastRows = (sql: Sql, period: GpuPeriod): Promise<readonly SqlRow[]> =>
  sql.query(lastOfLives, [minuteOf(period.fromEpochMs), minuteOf(period.toEpochMs)]);

async function groupsOf(sql: Sql, period: GpuPeriod): Promise<readonly GpuGroup[]> {
  const { rates } = await ratesOf(sql);
  const changes = rateBoundaries(rates);
  const [from, to] = [minuteOf(period.fromEpochMs), minuteOf(period.toEpochMs)];
  const values = [from, to, JSON.stringify(changes)];
  const [lines, tenants, last] = await Promise.all([
    sql.query(groupedLines, values),
    sql.query(groupedTenants, values),
    lastRows(sql, period),
  ]);
  const groups = new Map<string, { -readonly [Field in keyof GpuGroup]: GpuGroup[Field] }>();
  for (const row of lines) {
    const place = { zone: String(row["zone"]), workerType: String(row["worker_type"]) };
    const bucket = Number(row["bucket"]);
    const sinceEpochMs = bucket === 0 ? -1 : (changes[bucket - 1] ?? -1);
    groups.set(groupKey(row, bucket), {
      pool: String(row["pool"]),
      ...place,
      rate: rateOf(rates, place, sinceEpochMs),
      lines: linesOf(row),
      tenants: [],
    });
  }
  for (const row of tenants) {
    const group = groups.get(groupKey(row, Number(row["bucket"])));
    if (group !== undefined) group.tenants = [...group.tenants, tenantOf(row)];
  }
  for (const row of last) {
    if (row["goes_on"] === true) continue;
    const minute = Number(row["minute_epoch_ms"]);
    const group = groups.get(groupKey(row, changes.filter((change) => change <= minute).length));
    const lostUs = unaccountedUs(lifeOf(row), Number(row["now_epoch_ms"]));
    if (group !== undefined) {
      group.lines = addLines(group.lines, { ...noGpuLines, unaccountedUs: lostUs });
    }
  }
  return [...groups.values()];
}

const groupKey = (row: SqlRow, bucket: number): string =>
  JSON.stringify([row["pool"], row["zone"], row["worker_type"], bucket]);

const tenantOf = (row: SqlRow): TenantGpuWord => ({
  tenant: String(row["tenant"]) as TenantId | "",
  requestsUs: Number(row["requests_us"]),
  recomputeUs: Number(row["recompute_us"]),
});

async function ratesOf(queries: SqlQueries): Promise<GpuRateSet> {
  const [row] = await queries.query(lastRates);
  if (row === undefined) return { version: 0, rates: [] };
  return {
    version: Number(row["version"]),
    rates: JSON.parse(String(row["rates"])) as readonly GpuRate[],
  };
}
