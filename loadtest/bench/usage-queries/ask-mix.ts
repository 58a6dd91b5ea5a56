// Asks every question of the mix so many times in turn, and tells how long the answers took; and shows the plan of each.

import type { Sql, SqlQueries, SqlValue } from "#shared/ledger/sql/sql.ts";
import { percentile } from "#loadtest/load/percentile.ts";
import { questions } from "./questions.ts";

export interface Latency {
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
}

export interface MixFigures extends Latency {
  /** The question whose p95 is the longest. */
  readonly slowest: string;
  readonly slowest_p95_ms: number;
  readonly questions: Readonly<Record<string, Latency>>;
}

const warmUps = 3;

export async function askMix(sql: Sql, times: number): Promise<MixFigures> {
  const tookMs = new Map<string, number[]>(questions.map(({ name }) => [name, []]));
  for (let turn = -warmUps; turn < times; turn++) {
    for (const { name, ask } of questions) {
      const beganMs = performance.now();
      await ask(sql, sql);
      if (turn >= 0) tookMs.get(name)?.push(performance.now() - beganMs);
    }
  }
  const told = [...tookMs].map(([name, took]) => [name, latencyOf(took)] as const);
  const [slowest = "", { p95_ms: slowestMs } = latencyOf([])] =
    told.toSorted(([, a], [, b]) => b.p95_ms - a.p95_ms)[0] ?? [];
  return {
    ...latencyOf([...tookMs.values()].flat()),
    slowest,
    slowest_p95_ms: slowestMs,
    questions: Object.fromEntries(told),
  };
}

function latencyOf(tookMs: readonly number[]): Latency {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(percentile(sorted, share) * 10) / 10;
  return { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}

/** As Postgres carried out the question once, with what it read. */
export async function showPlans(sql: Sql, say: (line: string) => void): Promise<void> {
  for (const { name, ask } of questions) {
    const asked: (readonly [text: string, values: readonly SqlValue[]])[] = [];
    const listening = (queries: SqlQueries): SqlQueries => ({
      query: (text, values = []) => {
        asked.push([text, values]);
        return queries.query(text, values);
      },
    });
    const asTenant: Sql["asTenant"] = (tenant, work) =>
      sql.asTenant(tenant, (queries) => work(listening(queries)));
    await ask(listening(sql), { ...sql, asTenant });
    for (const [text, values] of asked) {
      const plan = await sql.query(`explain (analyze, buffers) ${text}`, values);
      say(`\n-- ${name}\n${plan.map((row) => String(row["QUERY PLAN"])).join("\n")}`);
    }
  }
}
