// Moves what statements have changed in the sums of usage (`usage_deltas`) into minutes, hours and days, wide and narrow. Law: in one transaction,
// so that a query sees each change once, before it was moved or after.

import { addToNarrow, narrowRollUps, sayRoller } from "./narrow-roll-ups.ts";
import { groupColumns, levels } from "./roll-up-columns.ts";
import { addTo } from "./roll-up-schema.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";

/** Of no meaning, and nobody else's: one roller at a time, and none while roll-ups are made anew. */
export const rollerTurnKey = 4_605_775;

const words = groupColumns.join(", ");

/** Groups without a number get one; it is not asked for again, for each asking would use one up. */
export const numberGroups = (lines: string): string => `
  insert into usage_groups (${words})
  select distinct ${words} from ${lines} t
  where not exists (select from usage_groups g where ${groupColumns.map((column) => `g.${column} = t.${column}`).join(" and ")})
  returning id, ${words}`;

/** Every roll-up takes the lines in, wide and narrow, as parts of one statement that has `known` of all their groups. */
export const intoAll = (lines: string, known: string): string =>
  [
    ...levels.map((at) => [at.table, addTo(at, `select * from ${lines}`, known)]),
    ...narrowRollUps.map((at) => [at.table, addToNarrow(at, `select * from ${lines}`)]),
  ]
    .map(([table, added]) => `into_${table} as (${added})`)
    .join(", ");

const move = `
  with taken as materialized (
    delete from usage_deltas
    where ctid = any (array(select ctid from usage_deltas limit $1::float8::int)) returning *
  ), made as (${numberGroups("taken")}
  ), known as materialized (
    select id, ${words} from made
    union all select id, ${words} from usage_groups where (${words}) in (select ${words} from taken)
  ), ${intoAll("taken", "known")}
  select count(*)::float8 as moved from taken`;

/** At most so many deltas; answers how many it moved. None while another roller is at it. */
export async function rollUp(sql: Sql, deltasMax: number): Promise<number> {
  return sql.transaction(async (queries) => {
    const [turn] = await queries.query(
      `select pg_try_advisory_xact_lock(${rollerTurnKey}) as is_ours`,
    );
    if (turn?.["is_ours"] !== true) return 0;
    await queries.query(sayRoller);
    const [row] = await queries.query(move, [deltasMax]);
    return Number(row?.["moved"]);
  });
}
