// A run on a real fleet: the load, the kills, and what is left when nobody is given anything any more.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { fleetFileIn } from "#deploy/local/cluster/fleet-file.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";
import { ledgerOf } from "#loadtest/bench/billing-accuracy/cluster-ledger.ts";
import { killOwners } from "#loadtest/bench/limits/owner-kills.ts";
import { sliceOf } from "#services/tenant-queue/quota-slice.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Clients } from "./clients.ts";
import { outputTokensAsked, promptTokens, startClients } from "./clients.ts";
import type { QuotaFigures } from "./judge.ts";
import { judge } from "./judge.ts";
import { quotaFleet, quotaTenant } from "./quota-fleet.ts";
import { takenOfDay } from "./taken-in-store.ts";

export interface QuotaRun {
  readonly edges: number;
  readonly clients: number;
  readonly limit: number;
  readonly seconds: number;
  readonly killEveryMs: number;
  readonly say: (line: string) => void;
}

/** The registry's word has reached every edge and control process. */
const appliedMs = 3_000;
/** Longer than an idle owner keeps what is free. */
const restMs = 8_000;
const quietMs = 15_000;
const endsWithinMs = 600_000;
const settledWithinMs = 120_000;
const etcdAwayMs = 10_000;
/** A run that crosses midnight would have two windows. */
const beforeMidnightMs = 15 * 60_000;
const dayMs = 86_400_000;

export async function runOnCluster(run: QuotaRun): Promise<QuotaFigures> {
  if (dayMs - (Date.now() % dayMs) < beforeMidnightMs) {
    throw new Error("the day ends within a quarter of an hour (UTC): begin after midnight");
  }
  fetchServers();
  const folder = join(tmpdir(), `fairlead-quota-escrow-${process.pid}`);
  const settings = { FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: "10" };
  try {
    await clusterUp({ folder, edges: run.edges, settings, onProgress: run.say });
    await apply(folder, run.limit);
    await sleep(appliedMs);
    return await measure(folder, run);
  } finally {
    await clusterDown(folder);
  }
}

async function apply(folder: string, limit: number): Promise<void> {
  const { members } = requiredState(folder);
  const admin = members.find(({ role }) => role === "registry")?.admin ?? "";
  const answer = await fetch(`http://${admin}/admin/v1/fleet`, {
    method: "PUT",
    headers: { "content-type": "application/yaml" },
    body: quotaFleet(fleetFileIn(folder), limit),
  });
  if (!answer.ok) throw new Error(`the fleet was not applied: ${await answer.text()}`);
}

async function measure(folder: string, run: QuotaRun): Promise<QuotaFigures> {
  const { members } = requiredState(folder);
  const edges = members.filter(({ role }) => role === "edge").map(({ http = "" }) => http);
  const { clients: clientsPerEdge, limit, seconds, killEveryMs, say } = run;
  const requests = limit / (promptTokens + outputTokensAsked);
  const paceMs = (seconds * 1000 * edges.length * clientsPerEdge) / requests;
  const beganMs = performance.now();
  const clients = startClients({ edges, clientsPerEdge, paceMs });
  const forMs = seconds * 1000;
  const [kills, etcdKills] = await Promise.all([
    killOwners({ folder, tenant: quotaTenant, forMs, everyMs: killEveryMs, say }),
    killOneOfEtcd(folder, forMs / 2, say),
  ]);
  say("nobody is killed any more: until the quota is used up");
  await untilQuiet(clients, say);
  await clients.stop();
  const took = Math.round((performance.now() - beganMs) / 1000);
  await sleep(restMs);
  const sql = await ledgerOf(folder);
  try {
    const billed = await settledTokens(sql);
    const taken = await takenOfDay(folder, quotaTenant);
    const slice = sliceOf(
      [{ period: "day", metric: "tokens", limit, mode: "hard" }],
      "day",
      "tokens",
    );
    return judge({
      receipts: clients.receipts,
      limit,
      billed,
      taken: taken.tokens,
      kills: { owner: kills, etcd: etcdKills },
      slice,
      seconds: took,
    });
  } finally {
    await sql.close();
  }
}

async function killOneOfEtcd(
  folder: string,
  afterMs: number,
  say: (line: string) => void,
): Promise<number> {
  await sleep(afterMs);
  const member = requiredState(folder).members.findLast(({ role }) => role === "etcd");
  if (member === undefined) return 0;
  say(`kills ${member.name}`);
  signalProcess(member, "SIGKILL");
  await sleep(etcdAwayMs);
  await restartProcess(folder, member.name);
  return 1;
}

async function untilQuiet(clients: Clients, say: (line: string) => void): Promise<void> {
  const untilMs = performance.now() + endsWithinMs;
  while (clients.quietMs() < quietMs) {
    if (performance.now() > untilMs) throw new Error("the quota was not used up in time");
    await sleep(1000);
  }
  say(`nobody was given anything for ${quietMs / 1000} s`);
}

/** Once nothing is open, or time is up: what is open then is in it as it stands. */
async function settledTokens(sql: Sql): Promise<number> {
  const untilMs = performance.now() + settledWithinMs;
  for (;;) {
    const [row] = await sql.query(
      `select coalesce(sum(prompt_tokens + output_tokens), 0)::float8 as tokens,
         (count(*) filter (where not is_final))::float8 as open from usage where tenant = $1`,
      [quotaTenant],
    );
    if (row?.["open"] === 0 || performance.now() > untilMs) return Number(row?.["tokens"]);
    await sleep(500);
  }
}
