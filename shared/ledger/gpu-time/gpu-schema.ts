// Where GPU time goes and what it costs, for the migration that keeps it. A row of a life's minute holds all since the life began, so
// that storing it twice, late or out of order changes nothing; what a minute had is the difference from the row before.

import { gpuLineNames } from "#shared/model/gpu-lines.ts";
import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

/** `prefillUs` → `prefill_us`. */
export const columnOf = (line: string): string =>
  line.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Nobody knows it while the worker lives: it is concluded when it is read. */
export const lineColumns: readonly string[] = gpuLineNames
  .filter((line) => line !== "unaccountedUs")
  .map(columnOf);

export const gpuSchema: readonly string[] = [
  `create table gpu_time (
     worker text collate "C" not null,
     life float8 not null,
     minute_epoch_ms float8 not null,
     pool text collate "C" not null,
     zone text collate "C" not null,
     worker_type text collate "C" not null,
     gpus int not null check (gpus > 0),
     started_at_epoch_ms float8 not null,
     told_at_epoch_ms float8 not null,
     outside_us float8 not null,
     ${lineColumns.map((column) => `${column} float8 not null check (${column} >= 0)`).join(",\n     ")},
     primary key (worker, life, minute_epoch_ms)
   )`,
  `comment on table gpu_time is 'by life and UTC minute: all since the life began; numbers merge by maximum'`,
  "create index gpu_time_minute on gpu_time (minute_epoch_ms)",
  `create table gpu_tenant_time (
     worker text collate "C" not null,
     life float8 not null,
     minute_epoch_ms float8 not null,
     tenant text collate "C" not null,
     requests_us float8 not null check (requests_us >= 0),
     recompute_us float8 not null check (recompute_us >= 0),
     primary key (worker, life, tenant, minute_epoch_ms)
   )`,
  `comment on table gpu_tenant_time is 'as gpu_time; a minute in which a tenant had nothing more has no row'`,
  "create index gpu_tenant_time_minute on gpu_tenant_time (minute_epoch_ms)",
  ...tenantRows({ table: "gpu_tenant_time", column: "tenant", allowed: [] }),
  `create table gpu_rate_sets (
     version int primary key check (version > 0),
     rates jsonb not null,
     set_at timestamptz not null default now()
   )`,
  `comment on table gpu_rate_sets is 'what GPUs cost; the last version is in force, and none is ever edited'`,
  `create function gpu_rate_sets_refuse() returns trigger language plpgsql as $$
   begin
     raise exception 'rates are only added to: there is no % of them', lower(tg_op) using errcode = '42501';
   end $$`,
  `create trigger append_only before update or delete or truncate on gpu_rate_sets
     for each statement execute function gpu_rate_sets_refuse()`,
];
