// One metering run: a calm while, then each fault in its turn while usage flows on, then rest, and the books compared.

import { setTimeout as sleep } from "node:timers/promises";
import { cpuSecondsOfTree } from "./children.ts";
import type { Comparison } from "./handed-in.ts";
import { compareWithLedger, readHandedIn } from "./handed-in.ts";
import { lagMsAt } from "./lag-watch.ts";
import type { StageOptions } from "./stage.ts";
import { Stage } from "./stage.ts";

export type FaultName =
  | "kill-emitter"
  | "kill-metering"
  | "kill-nats"
  | "wipe-nats"
  | "restart-postgres";

export interface RunOptions extends StageOptions {
  readonly seconds: number;
  readonly faults: readonly FaultName[];
  readonly say: (line: string) => void;
}

export interface MeteringFigures extends Comparison {
  readonly events_per_s: number;
  readonly offered_per_s: number;
  readonly lag_p99_ms: number;
  readonly lag_p50_ms: number;
  readonly lag_with_faults_p99_ms: number;
  readonly lag_max_ms: number;
  /** CPU of one account, in the calm part. */
  readonly cpu_us_per_event: Readonly<
    Record<"emitters" | "nats" | "metering" | "postgres", number>
  >;
  readonly refused_s: number;
  readonly drained_s: number;
  readonly faults: readonly string[];
}

const faultsOf: Readonly<Record<FaultName, (stage: Stage) => Promise<void>>> = {
  "kill-emitter": (stage) => stage.killEmitter(0),
  "kill-metering": (stage) => stage.killMetering(0),
  "kill-nats": (stage) => stage.killNats(false),
  "wipe-nats": (stage) => stage.killNats(true),
  "restart-postgres": (stage) => stage.postgres.member.restart(),
};

export const faultNames: readonly FaultName[] = Object.keys(faultsOf) as FaultName[];

const warmUpMs = 2_000;
/** Of the run, before the first fault. */
const calmShare = 0.4;
const drainWithinMs = 120_000;

export async function runMetering(options: RunOptions): Promise<MeteringFigures> {
  const { seconds, faults, say } = options;
  const stage = await Stage.open(options);
  try {
    await sleep(warmUpMs);
    const calmMs = faults.length === 0 ? seconds * 1000 : seconds * 1000 * calmShare;
    say(`calm for ${calmMs / 1000} s`);
    const calm = await measureCalm(stage, calmMs);
    const eachMs = (seconds * 1000 - calmMs) / Math.max(1, faults.length);
    for (const name of faults) {
      say(name);
      const untilMs = performance.now() + eachMs;
      await faultsOf[name](stage);
      await sleep(Math.max(0, untilMs - performance.now()));
    }
    stage.endUsage();
    const drainedMs = await drain(stage, say);
    const standings = await stage.standings();
    say("comparing");
    const compared = await compareWithLedger(stage.sql, readHandedIn(stage.logs()));
    const { seen } = stage.lags;
    const calmly = seen.filter(({ atMs }) => atMs >= calm.fromMs && atMs < calm.untilMs);
    const troubled = seen.filter(({ atMs }) => atMs >= calm.untilMs);
    return {
      events_per_s: calm.perSecond,
      offered_per_s: options.perSecond,
      lag_p99_ms: lagMsAt(calmly, 0.99),
      lag_p50_ms: lagMsAt(calmly, 0.5),
      lag_with_faults_p99_ms: lagMsAt(troubled, 0.99),
      lag_max_ms: lagMsAt(seen, 1),
      ...compared,
      cpu_us_per_event: calm.cpuUs,
      refused_s: standings.reduce((sum, { refusedMs }) => sum + refusedMs, 0) / 1000,
      drained_s: Math.round(drainedMs / 100) / 10,
      faults,
    };
  } finally {
    await stage.close();
  }
}

interface Calm {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Accounts that reached the ledger. */
  readonly perSecond: number;
  readonly cpuUs: MeteringFigures["cpu_us_per_event"];
}

async function measureCalm(stage: Stage, forMs: number): Promise<Calm> {
  const parts = {
    emitters: stage.emitters.map(({ pid }) => pid),
    nats: stage.nats.members.map(({ pid }) => pid),
    metering: stage.meterings.map(({ pid }) => pid),
    postgres: [stage.postgres.member.pid],
  };
  const cpu = (pids: readonly number[]): number =>
    pids.reduce((sum, pid) => sum + cpuSecondsOfTree(pid), 0);
  const fromMs = Date.now();
  const before = { rows: await rowsIn(stage), atMs: performance.now() };
  const cpuBefore = Object.entries(parts).map(([name, pids]) => [name, cpu(pids)] as const);
  await sleep(forMs);
  const cpuSpent = cpuBefore.map(([name, was]) => [
    name,
    cpu(parts[name as keyof typeof parts]) - was,
  ]);
  const rows = (await rowsIn(stage)) - before.rows;
  const tookS = (performance.now() - before.atMs) / 1000;
  const perEvent = cpuSpent.map(([name, spent]) => [
    name,
    Math.round((Number(spent) * 1e7) / Math.max(1, rows)) / 10,
  ]);
  return {
    fromMs,
    untilMs: Date.now(),
    perSecond: Math.round(rows / tookS),
    cpuUs: Object.fromEntries(perEvent) as Calm["cpuUs"],
  };
}

async function rowsIn({ sql }: Stage): Promise<number> {
  const [row] = await sql.query("select count(*)::float8 as rows from usage where is_final");
  return Number(row?.["rows"]);
}

/** Until every emitter knows that the ledger has all of its. */
async function drain(stage: Stage, say: (line: string) => void): Promise<number> {
  const fromMs = performance.now();
  for (;;) {
    const standings = await stage.standings();
    const pending = standings.reduce((sum, standing) => sum + standing.pending, 0);
    const tookMs = performance.now() - fromMs;
    if (standings.length === stage.emitters.length && pending === 0) return tookMs;
    say(`${pending} accounts wait for the ledger ${JSON.stringify(standings[0]?.notes)}`);
    if (tookMs > drainWithinMs) return tookMs;
    await sleep(500);
  }
}
