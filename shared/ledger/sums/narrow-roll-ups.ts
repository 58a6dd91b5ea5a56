// Roll-ups that tell usage apart by fewer words than the five of `usage_groups`: a question that asks for no more reads a row a
// bucket for each tenant, or for each model, class and tier, however many groups have used something there. Law: each is what the
// wide roll-up of its bucket sums up to; whatever moves, compares or makes the wide ones anew does so with these.

import type { Level } from "./roll-up-columns.ts";
import { bucketOf, figures, levels } from "./roll-up-columns.ts";
import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

export interface NarrowRollUp extends Level {
  /** Of the groups' words, those by which it is apart. */
  readonly columns: readonly string[];
}

const [minutes, hours, days] = levels as readonly [Level, Level, Level];

const tenant = ["tenant"] as const;
/** What no tenant may see. An adapter is left out: there are as many as tenants like. */
const fleet = ["model", "pool_class", "tier"] as const;

export const narrowRollUps: readonly NarrowRollUp[] = [
  // A minute has hardly more groups than tenants.
  { table: "usage_tenant_hours", lengthMs: hours.lengthMs, columns: tenant },
  { table: "usage_tenant_days", lengthMs: days.lengthMs, columns: tenant },
  { table: "usage_fleet_minutes", lengthMs: minutes.lengthMs, columns: fleet },
  { table: "usage_fleet_hours", lengthMs: hours.lengthMs, columns: fleet },
  { table: "usage_fleet_days", lengthMs: days.lengthMs, columns: fleet },
];

/** The one with the fewest rows that tells these columns apart; none: only the wide one does. */
export const narrowFor = (
  { lengthMs }: Level,
  columns: readonly string[],
): NarrowRollUp | undefined =>
  narrowRollUps.findLast(
    (at) => at.lengthMs === lengthMs && columns.every((column) => at.columns.includes(column)),
  );

const keyOf = ({ columns }: NarrowRollUp): string => [...columns, "starts_at_epoch_ms"].join(", ");
const sumsOf = figures.map((figure) => `sum(${figure})`).join(", ");

/** Of lines that have its columns and the start of a minute or of a bucket: a row for each of its own buckets and words. */
export const narrowed = (at: NarrowRollUp, lines: string): string => `
  select ${at.columns.join(", ")}, ${bucketOf(at)} as starts_at_epoch_ms, ${sumsOf}
  from (${lines}) lines group by ${at.columns.map((_, index) => index + 1).join(", ")}, ${at.columns.length + 1}`;

/** Adds lines of deltas' columns. In the order of the key: two that add do not wait for each other in a ring. */
export const addToNarrow = (at: NarrowRollUp, lines: string): string => `
  insert into ${at.table} (${keyOf(at)}, ${figures.join(", ")})
  ${narrowed(at, lines)} order by ${at.columns.map((_, index) => index + 1).join(", ")}, ${at.columns.length + 1}
  on conflict (${keyOf(at)}) do update set
    ${figures.map((figure) => `${figure} = ${at.table}.${figure} + excluded.${figure}`).join(", ")}`;

/** Of the same buckets, and all words. */
export const wideOf = ({ lengthMs }: NarrowRollUp): Level =>
  levels.find((level) => level.lengthMs === lengthMs) ?? minutes;

/** Made anew in an empty table, from the wide roll-up of the same length; `where`: of which buckets. */
export const fillNarrow = (at: NarrowRollUp, where: string = "true"): string => {
  return `
    insert into ${at.table} (${keyOf(at)}, ${figures.join(", ")})
    ${narrowed(
      at,
      `select s.starts_at_epoch_ms, ${at.columns.map((column) => `g.${column}`).join(", ")}, ${figures.join(", ")}
       from ${wideOf(at).table} s join usage_groups g on g.id = s.group_id where ${where}`,
    )}`;
};

const create = (at: NarrowRollUp): readonly string[] => [
  `create table ${at.table} (
     ${at.columns.map((column) => `${column} text collate "C" not null`).join(", ")},
     starts_at_epoch_ms bigint not null,
     ${figures.map((figure) => `${figure} numeric not null`).join(", ")},
     primary key (${keyOf(at)})
   ) with (fillfactor = 80)`,
  `create index ${at.table}_starts on ${at.table} (starts_at_epoch_ms)`,
];

/** Which roller it is that takes deltas away: said in its transaction, and wanted by the database. */
const rollsSetting = "fairlead.rolls";
const rollsNow = "21";
export const sayRoller: string = `select set_config('${rollsSetting}', '${rollsNow}', true)`;

/** A process of an earlier version would move deltas into the wide ones alone, and no sum of these would say so. */
const onlyThisRoller: readonly string[] = [
  `create function usage_deltas_roller() returns trigger language plpgsql as $$
   begin
     if current_setting('${rollsSetting}', true) is distinct from '${rollsNow}' then
       raise exception 'these roll-ups are not known to this version: update it' using errcode = '42501';
     end if;
     return null;
   end $$`,
  `create trigger rolls before delete on usage_deltas
     for each statement execute function usage_deltas_roller()`,
];

/** For the migration that brings them. */
export const narrowSchema: readonly string[] = [
  ...onlyThisRoller,
  ...narrowRollUps.flatMap((at) => [
    ...create(at),
    ...(at.columns.includes("tenant")
      ? tenantRows({ table: at.table, column: "tenant", allowed: ["select"] })
      : []),
  ]),
];
