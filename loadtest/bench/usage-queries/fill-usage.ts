// Fills a ledger with millions of records of a month, as they might be: hundreds of tenants by Zipf, models and adapters of their
// own, two classes, three tiers. The server makes the rows itself, and with the ledger's triggers off their sums in bulk. Law: what
// stands in the end is what the ledger would have made of the same rows one by one; of one day it is compared.

import { fillNarrow, narrowRollUps } from "#shared/ledger/sums/narrow-roll-ups.ts";
import { rollUpFaults } from "#shared/ledger/sums/rebuild-roll-ups.ts";
import {
  bucketOf,
  figures,
  givenAtArrival,
  givenAtSplit,
  groupColumns,
  levels,
  summed,
} from "#shared/ledger/sums/roll-up-columns.ts";
import { numberGroups } from "#shared/ledger/sums/roll-up.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";

export const dayMs = 86_400_000;
const hourMs = 3_600_000;
export const days = 30;
export const tenants = 300;
/** 1 September 2026; the month ends with its thirtieth day. */
export const monthStartsAtEpochMs: number = Date.UTC(2026, 8, 1);
export const monthEndsAtEpochMs: number = monthStartsAtEpochMs + days * dayMs;

/** Rank k of a tenant has a probability like 1/k. $1: from when, $2: for how long, $3: how many, $4: a word for the ids. */
const rows = `
  insert into usage (tenant, request_id, is_final, model, model_version, adapter_digest, pool, pool_class, tier, worker,
    worker_type, zone, outcome, arrived_at_epoch_ms, prompt_tokens, cached_tokens, output_tokens, split_at_epoch_ms,
    output_tokens_before, queue_ms, prefill_ms, decode_ms, kv_block_ms, preemptions, attempts, gpu_us)
  select 'tenant-' || lpad(k::text, 4, '0'), md5($4::text || i), true, 'model-' || m, '1',
    case when a < 0 then '' else md5(k || 'a' || a) || md5(a || 'b' || k) end,
    'model-' || m || '.eu.' || class, class, case when k <= 10 then 'enterprise' when k <= 80 then 'pro' else 'free' end,
    'h100-' || m || '-' || (i % 40), 'simulated-h100/llama3_8b/tp1/bfloat16', 'eu-a',
    case when u < 0.93 then 'stop' when u < 0.96 then 'length' when u < 0.98 then 'cancelled' else 'queue_deadline' end,
    arrived, prompt, floor(prompt * v * 0.5), output,
    case when is_split then midnight else 0 end, case when is_split then floor(output * v) else 0 end,
    v * 400, prompt * 0.07, output * 8.5, (prompt + output) / 16 * output * 4, 0, 1, prompt * 60 + output * 700
  from (
    select *, arrived + 60000 >= midnight as is_split from (
      select i, least(floor(exp(random() * ln(${tenants + 1})))::int, ${tenants}) as k, random() as u, random() as v,
        random() as w,
        floor(exp(4 + random() * 4)) as prompt, floor(exp(2 + random() * 4)) as output,
        $1::float8 + i * $2::float8 / $3::float8 as arrived,
        (floor($1::float8 / ${dayMs}) + 1) * ${dayMs} as midnight,
        floor(random() * random() * 2)::int as near, case when random() < 0.6 then -1 else floor(random() * 3)::int end as a
      from generate_series(0, $3::float8::int - 1) i
    ) drawn
  ) r cross join lateral (
    select (k + near) % 6 as m, case when k % 4 = 0 and w < 0.4 then 'batch' else 'interactive' end as class
  ) picked`;

export interface Filling {
  readonly sql: Sql;
  readonly records: number;
  /** Another for each filling of one ledger. */
  readonly word: string;
  readonly say: (line: string) => void;
}

const within = (column: string): string => `${column} >= $1::float8 and ${column} < $2::float8`;
const given = `${givenAtArrival({ from: "usage", where: within("arrived_at_epoch_ms") })}
  union all ${givenAtSplit({ from: "usage", where: within("split_at_epoch_ms") })}`;

const groupsOf = numberGroups(
  `(select distinct ${groupColumns.join(", ")} from usage where ${within("arrived_at_epoch_ms")})`,
);

const names = figures.join(", ");
const [minutes, ...coarser] = levels;

const minutesOf = `
  insert into ${minutes?.table} (tenant, starts_at_epoch_ms, group_id, ${names})
  select t.tenant, t.starts_at_epoch_ms, g.id, ${names} from (${summed(given)}) t
  join usage_groups g on ${groupColumns.map((column) => `g.${column} = t.${column}`).join(" and ")}`;

const coarserOf = coarser.map(
  (level) => `
  insert into ${level.table} (tenant, starts_at_epoch_ms, group_id, ${names})
  select tenant, ${bucketOf(level)}, group_id, ${figures.map((figure) => `sum(${figure})`).join(", ")}
  from ${minutes?.table} where ${within("starts_at_epoch_ms")} group by 1, 2, 3`,
);

const narrowOf = narrowRollUps.map((at) => fillNarrow(at, within("s.starts_at_epoch_ms")));

/** Statements at once: one would leave the other cores idle. */
const lanes = 3;

/** Answers how long rows and roll-ups took, in ms. */
export async function fillUsage({ sql, records, word, say }: Filling): Promise<{
  readonly rowsMs: number;
  readonly rollUpsMs: number;
}> {
  const perHour = Math.round(records / days / 24);
  const beganMs = performance.now();
  await sql.query("alter table usage disable trigger user");
  await atOnce(hours, async (at) => {
    await sql.query(rows, [at, hourMs, perHour, `${word}-${at}-`]);
  });
  await sql.query("alter table usage enable trigger user");
  const rowsMs = performance.now() - beganMs;
  say(`${word}: ${perHour * days * 24} rows in ${seconds(rowsMs)}`);
  const rollUpsMs = await sumUp(sql);
  say(`${word}: rolled up in ${seconds(rollUpsMs)}`);
  await assertRolledUp(sql);
  return { rowsMs, rollUpsMs };
}

const hours: readonly number[] = [...Array(days * 24)].map(
  (_, hour) => monthStartsAtEpochMs + hour * hourMs,
);

/** Of all rows, however many there were before. */
async function sumUp(sql: Sql): Promise<number> {
  const beganMs = performance.now();
  for (const { table } of [...levels, ...narrowRollUps]) await sql.query(`truncate ${table}`);
  // The midnight after the last day has the output of what crossed it.
  const wholeDays = [...hours.filter((_, hour) => hour % 24 === 0), monthEndsAtEpochMs];
  for (const day of wholeDays) await sql.query(groupsOf, [day, day + dayMs]);
  await sql.query("analyze usage_groups");
  await atOnce([...hours, monthEndsAtEpochMs], async (at) => {
    await sql.query(minutesOf, [at, at + hourMs]);
  });
  await atOnce(wholeDays, async (day) => {
    for (const statement of [...coarserOf, ...narrowOf])
      await sql.query(statement, [day, day + dayMs]);
  });
  return performance.now() - beganMs;
}

async function atOnce(
  moments: readonly number[],
  work: (moment: number) => Promise<void>,
): Promise<void> {
  const left = moments.toReversed();
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next);
  };
  await Promise.all([...Array(lanes)].map(lane));
}

/** Newest records, through the ledger's own triggers and rolled up by nobody yet: what a question finds pending. None near midnight, which would split all. */
export async function addPending(sql: Sql, count: number): Promise<void> {
  await sql.query(rows, [monthEndsAtEpochMs - 3_605_000, 4_000, count, "pending-"]);
}

async function assertRolledUp(sql: Sql): Promise<void> {
  const fromEpochMs = monthStartsAtEpochMs + 15 * dayMs;
  const faults = await rollUpFaults(sql, { fromEpochMs, toEpochMs: fromEpochMs + dayMs });
  if (faults.length > 0)
    throw new Error(`roll-ups are not their rows: ${JSON.stringify(faults[0])}`);
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
