// `npm run bench -- usage-queries`: how long the ledger takes to answer about usage when it holds ten million records.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { narrowRollUps } from "#shared/ledger/sums/narrow-roll-ups.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { levels } from "#shared/ledger/sums/roll-up-columns.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { untilInterrupted } from "./interruption.ts";
import type { MixFigures } from "./usage-queries/ask-mix.ts";
import { askMix, showPlans } from "./usage-queries/ask-mix.ts";
import { addPending, fillUsage } from "./usage-queries/fill-usage.ts";
import type { TableSize } from "./usage-queries/table-sizes.ts";
import { indexLevels, tableSizes } from "./usage-queries/table-sizes.ts";
import type { WholeMonth } from "./usage-queries/whole-month.ts";
import { askWholeMonth } from "./usage-queries/whole-month.ts";

const help = `npm run bench -- usage-queries [--json] [--records 10000000] [--times 60] [--plans]

Starts a Postgres of its own (as the local fleet's, with 64 MB of shared buffers; without fsync, which reading does not wait for),
fills its usage ledger with --records records of 300 tenants over 30 days, and asks a mix of questions --times times each: first
with a tenth of the records, then with all. The server makes the rows, with the ledger's triggers off, and their roll-ups in bulk, a
day of which is compared with its rows; 20,000 newest records go through the triggers and are left unrolled. Ten million need about
8 GB of disk.

p50_ms, p95_ms, p99_ms: over all answers, as the asking process sees them. slowest, slowest_p95_ms: the question with the longest p95.
--plans prints what Postgres did for each question, explain (analyze, buffers). projection: to ten times --records, question by
question: the larger of no growth and what a tenth to all has grown, once more. whole_month: what billing reads of a month of
records, in no mix.`;

/** Of the newest, what a roller that is two seconds behind has not moved at ten thousand records a second. */
const pendingRecords = 20_000;

interface Figures extends MixFigures {
  readonly records: number;
  readonly at_a_tenth: MixFigures;
  readonly whole_month: WholeMonth;
  readonly projection: {
    readonly records: number;
    readonly p95_ms: Readonly<Record<string, number>>;
  };
  readonly fill_rows_s: number;
  readonly fill_roll_ups_s: number;
  readonly bytes_per_record: number;
  readonly roll_up_bytes_per_record: number;
  readonly tables: Readonly<Record<string, TableSize>>;
  readonly index_levels: Readonly<Record<string, number>>;
}

export async function run(args: string[]): Promise<Figures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      plans: { type: "boolean", default: false },
      records: { type: "string", default: "10000000" },
      times: { type: "string", default: "60" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const records = wholeNumber("--records", values.records, { min: 72_000, max: 50_000_000 });
  const times = wholeNumber("--times", values.times, { min: 20, max: 10_000 });
  const say = values.json ? () => undefined : (line: string) => console.log(line);
  fetchServers();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-usage-"));
  try {
    return await untilInterrupted(async () => {
      const server = await startPostgresServer({ folder, isDurable: false });
      const sql = await openPostgresSql({ ...server, user: "registry" });
      try {
        await migrate(sql, migrations);
        return await measure(sql, { records, times, say, showsPlans: values.plans });
      } finally {
        await sql.close();
        await server.stop();
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Wanted {
  readonly records: number;
  readonly times: number;
  readonly say: (line: string) => void;
  readonly showsPlans: boolean;
}

async function measure(sql: Sql, { records, times, say, showsPlans }: Wanted): Promise<Figures> {
  const tenth = Math.round(records / 10);
  const first = await fillUsage({ sql, records: tenth, word: "tenth", say });
  await settle(sql);
  const small = await askMix(sql, times);
  say(
    `${tenth} records: p95 ${small.p95_ms} ms, the slowest ${small.slowest} ${small.slowest_p95_ms} ms`,
  );
  const rest = await fillUsage({ sql, records: records - tenth, word: "rest", say });
  await settle(sql);
  await addPending(sql, pendingRecords);
  const whole = await askMix(sql, times);
  if (showsPlans) await showPlans(sql, console.log);
  const wholeMonth = await askWholeMonth(sql);
  const tables = await tableSizes(sql);
  const bytes = (name: (table: string) => boolean): number =>
    Object.entries(tables)
      .filter(([table]) => name(table))
      .reduce((sum, [, { heap_bytes: heap, index_bytes: indexes }]) => sum + heap + indexes, 0);
  return {
    records,
    ...whole,
    at_a_tenth: small,
    whole_month: wholeMonth,
    projection: { records: records * 10, p95_ms: projected(small, whole) },
    fill_rows_s: Math.round((first.rowsMs + rest.rowsMs) / 1000),
    fill_roll_ups_s: Math.round((first.rollUpsMs + rest.rollUpsMs) / 1000),
    bytes_per_record: Math.round(bytes((table) => table === "usage") / records),
    roll_up_bytes_per_record: Math.round(bytes((table) => table !== "usage") / records),
    tables,
    index_levels: await indexLevels(sql),
  };
}

/** As autovacuum would have by and by; a table at a time, within the patience for one statement. */
async function settle(sql: Sql): Promise<void> {
  const rollUps = [...levels, ...narrowRollUps].map(({ table }) => table);
  for (const table of ["usage_deltas", "usage_groups", ...rollUps]) {
    await sql.query(`vacuum analyze ${table}`);
  }
  await sql.query("analyze usage");
}

function projected(small: MixFigures, whole: MixFigures): Record<string, number> {
  const grown = Object.entries(whole.questions).map(([name, { p95_ms: now }]) => {
    const before = small.questions[name]?.p95_ms ?? now;
    return [name, Math.round(now * Math.max(1, now / before))] as const;
  });
  return Object.fromEntries(grown);
}

function wholeNumber(
  flag: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
}
