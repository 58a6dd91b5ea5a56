// The roll-ups of usage in the database, for the migration that brings them. Every statement that changes `usage` adds, in its own
// transaction, what it changes in the sums: one line per minute and group to `usage_deltas`, which nobody updates, so that no two
// writers wait for each other. A roller moves these into minutes, hours and days. Law: roll-ups and deltas together are what a
// sum over the rows would be, at every moment and whoever has changed them.

import type { Level } from "./roll-up-columns.ts";
import {
  bucketOf,
  deltaColumns,
  figures,
  givenBy,
  groupColumns,
  levels,
  summed,
} from "./roll-up-columns.ts";
import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

const words = groupColumns.map((column) => `${column} text collate "C" not null`).join(", ");
const sums = figures.map((figure) => `${figure} numeric not null`).join(", ");

export const rollUpTables: readonly string[] = [
  "usage_deltas",
  "usage_groups",
  ...levels.map(({ table }) => table),
];

const deltas = `create table usage_deltas (starts_at_epoch_ms bigint not null, ${words}, ${sums})`;

/** Wide words once, not in every bucket and its index. */
const groups = `
  create table usage_groups (
    id int generated always as identity primary key,
    ${words},
    unique (${groupColumns.join(", ")})
  )`;

const level = (table: string): readonly string[] => [
  `create table ${table} (
     tenant text collate "C" not null,
     starts_at_epoch_ms bigint not null,
     group_id int not null,
     ${sums},
     primary key (tenant, starts_at_epoch_ms, group_id)
   ) with (fillfactor = 80)`,
  `create index ${table}_starts on ${table} (starts_at_epoch_ms)`,
];

const counts = (operation: string, lines: string): string => `
  create function usage_${operation}_counts() returns trigger language plpgsql as $$
  begin
    insert into usage_deltas (${deltaColumns}) ${summed(lines)};
    return null;
  end $$`;

const before = givenBy("before", -1);
const after = givenBy("after");

const triggers: readonly string[] = [
  counts("insert", after),
  counts("update", `${before} union all ${after}`),
  counts("delete", before),
  `create trigger counts_insert after insert on usage referencing new table as after
     for each statement execute function usage_insert_counts()`,
  `create trigger counts_update after update on usage referencing old table as before new table as after
     for each statement execute function usage_update_counts()`,
  `create trigger counts_delete after delete on usage referencing old table as before
     for each statement execute function usage_delete_counts()`,
  `create function usage_refuse_truncate() returns trigger language plpgsql as $$
   begin
     raise exception 'usage is not truncated: its roll-ups would not know' using errcode = '42501';
   end $$`,
  `create trigger counts_truncate before truncate on usage
     for each statement execute function usage_refuse_truncate()`,
];

export const rollUps: readonly string[] = [
  deltas,
  // Emptied again and again: what is dead is to be taken away soon, by whoever vacuums.
  "alter table usage_deltas set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)",
  groups,
  ...levels.flatMap(({ table }) => level(table)),
  // Few rows are split: what a day has of the day before it is found without looking at either.
  "create index usage_split_at on usage (split_at_epoch_ms) where split_at_epoch_ms > 0",
  ...triggers,
  ...rollUpTables.flatMap((table) => tenantRows({ table, column: "tenant", allowed: ["select"] })),
];

const keyed = groupColumns.map((column) => `g.${column} = t.${column}`).join(" and ");

/** Adds lines to a level; `lines` has the deltas' columns, and every group of theirs is in `known` (id and words). */
export const addTo = (at: Level, lines: string, known: string): string => `
  insert into ${at.table} (tenant, starts_at_epoch_ms, group_id, ${figures.join(", ")})
  select t.tenant, ${bucketOf(at, "t.starts_at_epoch_ms")}, g.id, ${figures.map((figure) => `sum(t.${figure})`).join(", ")}
  from (${lines}) t join ${known} g on ${keyed}
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (tenant, starts_at_epoch_ms, group_id) do update set
    ${figures.map((figure) => `${figure} = ${at.table}.${figure} + excluded.${figure}`).join(", ")}`;
