// A run on a real fleet: its processes, workers killed one after the other, and the ledger read from the database itself.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";
import { askAdmin } from "#loadtest/chaos/ask-admin.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Reconciliation } from "#shared/model/reconciliation.ts";
import type { Receipt } from "./client.ts";
import { ledgerOf } from "./cluster-ledger.ts";
import type { AccuracyFigures, Billed } from "./judge.ts";
import { judge } from "./judge.ts";
import { runClients } from "./run-clients.ts";

export interface ClusterRun {
  readonly requests: number;
  readonly clients: number;
  readonly seed: number;
  readonly edges: number;
  readonly workers: number;
  /** 0: nobody is killed. */
  readonly killEveryMs: number;
  readonly timePercent: number;
  readonly withinMs: number;
  readonly say: (line: string) => void;
}

export interface ClusterFigures extends AccuracyFigures {
  readonly workers_killed: number;
  readonly seconds: number;
  readonly reconcile: string;
  readonly differences: readonly string[];
}

/** A bill may wait for a client that comes back, and for the worker's patience after that. */
const settledWithinMs = 120_000;
const minuteMs = 60_000;

export async function runOnCluster(run: ClusterRun): Promise<ClusterFigures> {
  fetchServers();
  const folder = join(tmpdir(), `fairlead-billing-${process.pid}`);
  const settings = { FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: String(run.timePercent) };
  try {
    await clusterUp({
      folder,
      edges: run.edges,
      workers: run.workers,
      settings,
      onProgress: run.say,
    });
    return await onCluster(folder, run);
  } finally {
    await clusterDown(folder);
  }
}

async function onCluster(folder: string, run: ClusterRun): Promise<ClusterFigures> {
  const { members } = requiredState(folder);
  const edges = members.filter(({ role }) => role === "edge").map(({ http = "" }) => http);
  const admin = members.find(({ role }) => role === "registry")?.admin ?? "";
  const beganEpochMs = Date.now();
  const ending = new AbortController();
  const killing = killWorkers(folder, run, ending.signal);
  const receipts = await runClients({
    ...run,
    edges,
    onProgress: (done) => run.say(`${done} of ${run.requests} requests`),
  });
  const seconds = Math.round((Date.now() - beganEpochMs) / 1000);
  ending.abort();
  const killed = await killing;
  const sql = await ledgerOf(folder);
  try {
    run.say("all asked: waiting until the ledger is settled");
    const figures = judge(receipts, await settledRows(sql, receipts));
    const to = Date.now() + minuteMs;
    const proof = await askAdmin<Reconciliation>(
      admin,
      `/admin/v1/reconcile?from=${beganEpochMs}&to=${to}`,
    );
    const differences = proof.tenants.flatMap(({ tenant, differences: found }) =>
      found.map(({ kind, requests }) => `${tenant}: ${requests} ${kind}`),
    );
    return { ...figures, workers_killed: killed, seconds, reconcile: proof.verdict, differences };
  } finally {
    await sql.close();
  }
}

/** One after the other, each started again at once. Answers how many. */
async function killWorkers(folder: string, run: ClusterRun, signal: AbortSignal): Promise<number> {
  let killed = 0;
  if (run.killEveryMs === 0) return killed;
  for (;;) {
    await sleep(run.killEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return killed;
    const workers = requiredState(folder).members.filter(({ role }) => role === "worker");
    const victim = workers[killed % workers.length];
    if (victim === undefined) return killed;
    signalProcess(victim, "SIGKILL");
    killed++;
    await startAgain(folder, victim.name, run);
  }
}

/** A busy machine may take longer than a start is waited for: the run goes on, and it is tried once more. */
async function startAgain(folder: string, name: string, { say }: ClusterRun): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    try {
      await restartProcess(folder, name);
      return;
    } catch (error) {
      say(
        `${name} is not back: ${(error instanceof Error ? error.message : String(error)).slice(0, 80)}`,
      );
    }
  }
}

/** Once nothing is open, or time is up: then what is open is told as that. */
async function settledRows(sql: Sql, receipts: readonly Receipt[]): Promise<readonly Billed[]> {
  const untilMs = performance.now() + settledWithinMs;
  for (;;) {
    const [row] = await sql.query(
      "select count(*)::float8 as rows, (count(*) filter (where not is_final))::float8 as open from usage",
    );
    const isSettled = row?.["open"] === 0 && Number(row["rows"]) >= acceptedOf(receipts);
    if (isSettled || performance.now() > untilMs) return readRows(sql);
    await sleep(500);
  }
}

const acceptedOf = (receipts: readonly Receipt[]): number =>
  new Set(receipts.filter(({ end }) => end === "whole").map(({ requestId }) => requestId)).size;

async function readRows(sql: Sql): Promise<readonly Billed[]> {
  const rows = await sql.query(
    `select tenant, request_id as "requestId", output_tokens as "outputTokens", prompt_tokens as "promptTokens",
       attempts, is_final as "isFinal" from usage`,
  );
  return rows as unknown as readonly Billed[];
}
