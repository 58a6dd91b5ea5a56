// GPU time by shape in the database. As with `gpu_time`, a row holds all since the worker's life began, so what is stored twice, late or
// out of order changes nothing; what a minute had is the difference from the row of the same shape before it.

import type { ShapeTime } from "#shared/model/gpu-shapes.ts";
import { shapeNumbers } from "#shared/model/gpu-shapes.ts";
import { rateBoundaries } from "#shared/model/gpu-rates.ts";
import type { GpuRate } from "#shared/model/gpu-rates.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { minuteOf } from "#shared/model/gpu-word.ts";
import type { GpuPeriod } from "./gpu-ledger.ts";
import { columnOf } from "./gpu-schema.ts";
import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

const columns = shapeNumbers.map(columnOf);

export const shapeTimeSchema: readonly string[] = [
  `create table gpu_shape_time (
     worker text collate "C" not null,
     life float8 not null,
     minute_epoch_ms float8 not null,
     tenant text collate "C" not null,
     adapter_digest text collate "C" not null,
     ${columns.map((column) => `${column} float8 not null check (${column} >= 0)`).join(",\n     ")},
     primary key (worker, life, tenant, adapter_digest, minute_epoch_ms)
   )`,
  `comment on column gpu_shape_time.tenant is 'empty: of no tenant''s requests, but the adapter''s coming in'`,
  "create index gpu_shape_time_minute on gpu_shape_time (minute_epoch_ms)",
  ...tenantRows({ table: "gpu_shape_time", column: "tenant", allowed: [] }),
];

const upsert = `
  insert into gpu_shape_time (worker, life, minute_epoch_ms, tenant, adapter_digest, ${columns.join(", ")})
  select given->>0, (given->>1)::float8, (given->>2)::float8, given->>3, given->>4,
    ${columns.map((_, index) => `(given->>${index + 5})::float8`).join(", ")}
  from jsonb_array_elements($1::text::jsonb) as given
  on conflict (worker, life, tenant, adapter_digest, minute_epoch_ms) do update set
    ${columns.map((column) => `${column} = greatest(gpu_shape_time.${column}, excluded.${column})`).join(",\n    ")}`;

const grouped = `
  select r.pool, r.zone, r.worker_type, s.tenant, s.adapter_digest,
    (select count(*) from jsonb_array_elements_text($3::text::jsonb) as b where b::float8 <= r.minute_epoch_ms)::int as bucket,
    ${columns.map((column) => `sum(s.${column} - coalesce(p.${column}, 0))::float8 as ${column}`).join(", ")}
  from gpu_time r join gpu_shape_time s using (worker, life, minute_epoch_ms)
  left join lateral (
    select * from gpu_shape_time p where p.worker = s.worker and p.life = s.life and p.tenant = s.tenant
      and p.adapter_digest = s.adapter_digest and p.minute_epoch_ms < s.minute_epoch_ms
    order by p.minute_epoch_ms desc limit 1
  ) p on true
  where r.minute_epoch_ms >= $1 and r.minute_epoch_ms < $2
  group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`;

/** No two of an entry's key; in the transaction that keeps their lines. */
export async function recordShapes(
  queries: SqlQueries,
  entries: readonly GpuEntry[],
): Promise<void> {
  const rows = entries.flatMap(({ worker, life, toldAtEpochMs, shapes }) =>
    shapes
      .map((one) => [
        worker,
        life,
        minuteOf(toldAtEpochMs),
        one.tenant,
        one.adapterDigest,
        ...shapeNumbers.map((name) => one[name]),
      ])
      // In one order, so that two writers never wait for each other.
      .toSorted((a, b) => (`${a[3]} ${a[4]}` < `${b[3]} ${b[4]}` ? -1 : 1)),
  );
  if (rows.length > 0) await queries.query(upsert, [JSON.stringify(rows)]);
}

export async function shapeTimes(
  queries: SqlQueries,
  { fromEpochMs, toEpochMs }: GpuPeriod,
  rates: readonly GpuRate[],
): Promise<readonly ShapeTime[]> {
  const rows = await queries.query(grouped, [
    minuteOf(fromEpochMs),
    minuteOf(toEpochMs),
    JSON.stringify(rateBoundaries(rates)),
  ]);
  return rows.map(
    (row) =>
      ({
        pool: String(row["pool"]),
        zone: String(row["zone"]),
        workerType: String(row["worker_type"]),
        bucket: Number(row["bucket"]),
        tenant: String(row["tenant"]),
        adapterDigest: String(row["adapter_digest"]),
        ...Object.fromEntries(shapeNumbers.map((name) => [name, Number(row[columnOf(name)])])),
      }) as ShapeTime,
  );
}
