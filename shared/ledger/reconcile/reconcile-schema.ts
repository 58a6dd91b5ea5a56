// What the proof of billing adds to the database: how many requests each edge admitted, finals that contradicted what is
// final, and records that could not be stored. Law: none of it is ever summed into a bill.

import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

export const reconcileSchema: readonly string[] = [
  `create table admissions (
     tenant text collate "C" not null,
     minute_epoch_ms float8 not null,
     process text collate "C" not null,
     life text collate "C" not null,
     opened float8 not null,
     served float8 not null,
     cancelled float8 not null,
     failed float8 not null,
     primary key (tenant, minute_epoch_ms, process, life)
   )`,
  `comment on table admissions is 'counted by each life of each edge, by the minute of arrival; numbers merge by maximum'`,
  "create index admissions_minute on admissions (minute_epoch_ms)",
  `create table usage_conflicts (
     tenant text collate "C" not null,
     request_id text collate "C" not null,
     prompt_tokens float8 not null,
     output_tokens float8 not null,
     outcome text collate "C" not null,
     arrived_at_epoch_ms float8 not null,
     first_at timestamptz not null default now(),
     primary key (tenant, request_id, prompt_tokens, output_tokens)
   )`,
  `comment on table usage_conflicts is 'final accounts that came after the final row stood and say other numbers: refused, and told here'`,
  "create index usage_conflicts_arrived on usage_conflicts (arrived_at_epoch_ms)",
  // Of several tenants at once: nobody asks for it in a tenant's name.
  `create table usage_discards (
     id bigint generated always as identity primary key,
     at timestamptz not null default now(),
     subject text not null,
     sequence float8 not null,
     reason text not null,
     message text not null,
     stored_at timestamptz
   )`,
  `comment on table usage_discards is 'messages of usage that could not be read or stored, in base64; stored_at: a repair has since'`,
  ...["admissions", "usage_conflicts"].flatMap((table) =>
    tenantRows({ table, column: "tenant", allowed: ["select"] }),
  ),
];
