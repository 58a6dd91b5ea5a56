// `npm run bench -- conservation`: whether every GPU second of a real fleet is on one line, while workers are killed, ended and drained
// under a mixed load. Held against the lives of the worker processes as the machine has them.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ClusterMember, ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { fleetFileIn } from "#deploy/local/cluster/fleet-file.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { askAdmin } from "#loadtest/chaos/ask-admin.ts";
import type { GpuLife } from "#shared/model/gpu-conservation.ts";
import { conservingFleet } from "./conservation/conserving-fleet.ts";
import type { ConservationFigures } from "./conservation/judge.ts";
import { judge } from "./conservation/judge.ts";
import type { ClientCounts } from "./conservation/mixed-clients.ts";
import { MixedClients } from "./conservation/mixed-clients.ts";
import { OutsideLives } from "./conservation/outside-lives.ts";
import { untilInterrupted } from "./interruption.ts";

const help = `npm run bench -- conservation [--json] [--minutes 10] [--seconds S] [--workers 4] [--clients 18] [--every 60]

Brings a local fleet up with little KV memory, loads it with three tenants of three bands (adapters, prompts of 12,000 tokens, clients
that hang up), and every --every seconds kills a worker (SIGKILL), ends one (SIGTERM) or drains one, in turn; then kills all.

  conservation_error_pct  wall of each worker process × GPUs against the ledger's lines and unaccounted, summed without signs
  unaccounted_pct         concluded of killed lives: half a beat, and what their last word had not reached
  usage_error_pct         Σ gpuUs of usage records over the requests' lines, less one
  kills, ends, drains, preemptions, gpu_seconds, lines`;

export interface ConservationAnswer extends ConservationFigures {
  readonly kills: number;
  readonly ends: number;
  readonly drains: number;
  readonly preemptions: number;
  readonly calls: ClientCounts;
}

interface Wanted {
  readonly forMs: number;
  readonly everyMs: number;
  readonly workers: number;
  readonly clients: number;
  readonly say: (line: string) => void;
}

export async function run(args: string[]): Promise<ConservationAnswer | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      minutes: { type: "string", default: "10" },
      seconds: { type: "string" },
      workers: { type: "string", default: "4" },
      clients: { type: "string", default: "18" },
      every: { type: "string", default: "60" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const seconds =
    values.seconds === undefined
      ? wholeNumber("--minutes", values.minutes, 600) * 60
      : wholeNumber("--seconds", values.seconds, 36_000);
  return measureConservation({
    forMs: seconds * 1000,
    everyMs: wholeNumber("--every", values.every, 3600) * 1000,
    workers: wholeNumber("--workers", values.workers, 16),
    clients: wholeNumber("--clients", values.clients, 500),
    say: values.json ? () => undefined : (line) => console.log(line),
  });
}

export async function measureConservation(wanted: Wanted): Promise<ConservationAnswer> {
  fetchServers();
  const folder = join(tmpdir(), `fairlead-bench-conservation-${process.pid}`);
  const { workers, say } = wanted;
  try {
    return await untilInterrupted(async () => {
      const state = await clusterUp({
        folder,
        edges: 1,
        control: 1,
        workers,
        withinMs: upWithinMs,
        onProgress: say,
      });
      await apply(adminOf(state), conservingFleet(fleetFileIn(folder)));
      return measure(state, wanted);
    });
  } finally {
    await clusterDown(folder);
  }
}

const adminOf = ({ members }: ClusterState): string =>
  members.find(({ role }) => role === "registry")?.admin ?? "";

async function apply(admin: string, body: string): Promise<void> {
  const answer = await fetch(`http://${admin}/admin/v1/fleet`, {
    method: "PUT",
    headers: { "content-type": "application/yaml" },
    body,
  });
  if (!answer.ok) throw new Error(`the fleet was not applied: ${await answer.text()}`);
}

/** It measures shares, not speed: a busy machine will do. */
const upWithinMs = 300_000;
const settledMs = 5_000;
/** As long as the ledger takes a silent life for one that may speak. */
const silentMs = 11_000;

async function measure(state: ClusterState, wanted: Wanted): Promise<ConservationAnswer> {
  const { say } = wanted;
  const outside = new OutsideLives(state.folder);
  // With the new engines.
  for (const { name } of outside.workers()) await outside.restart(name);
  const edges = state.members.flatMap(({ role, http }) =>
    role === "edge" && http !== undefined ? [http] : [],
  );
  const clients = new MixedClients(edges, wanted.clients);
  const done = await disturb(adminOf(state), outside, wanted);
  say("no more load");
  await clients.stop();
  await sleep(settledMs);
  for (const worker of outside.workers()) outside.kill(worker);
  await sleep(silentMs);
  const admin = adminOf(state);
  const told = await askAdmin<{ usageUs: number; lives: readonly GpuLife[] }>(
    admin,
    "/admin/v1/cost/conservation",
  );
  const { totals } = await askAdmin<{ totals: { preemptions: number } }>(
    admin,
    "/admin/v1/usage?limit=1",
  );
  const figures = judge({
    outside: outside.all,
    inside: told.lives,
    usageUs: told.usageUs,
    hostOf: hostsOf(outside.workers()),
    say,
  });
  const answer = { ...figures, ...done, preemptions: totals.preemptions, calls: clients.counts };
  say(JSON.stringify(answer));
  if (answer.preemptions === 0)
    throw new Error("nothing was preempted: this run proves too little");
  return answer;
}

/** `h100-2` is on `host-2`: the cluster's own naming, and the process says which host it is. */
function hostsOf(workers: readonly ClusterMember[]): (worker: string) => string {
  const byHost = new Map(
    workers.map(({ name, command }) => [command.environment["FAIRLEAD_WORKER_HOST"], name]),
  );
  return (worker) => byHost.get(worker.replace("h100-", "host-")) ?? "";
}

interface Done {
  kills: number;
  ends: number;
  drains: number;
}

const drainPatienceMs = 5_000;

async function disturb(
  admin: string,
  outside: OutsideLives,
  { forMs, everyMs, say }: Wanted,
): Promise<Done> {
  const done: Done = { kills: 0, ends: 0, drains: 0 };
  const untilMs = performance.now() + forMs;
  for (let turn = 0; performance.now() + everyMs < untilMs; turn++) {
    const dueMs = performance.now() + everyMs;
    await sleep(everyMs / 2);
    const workers = outside.workers();
    const worker = workers[turn % workers.length];
    if (worker === undefined) throw new Error("the fleet has no worker");
    if (turn % 3 === 1) {
      say(`ends ${worker.name}`);
      await outside.terminate(worker);
      await outside.restart(worker.name);
      done.ends += 1;
    } else {
      if (turn % 3 === 2) {
        say(`drains ${worker.name}, then kills it`);
        await drain(admin, worker);
        done.drains += 1;
      } else say(`kills ${worker.name}`);
      outside.kill(worker);
      await outside.restart(worker.name);
      done.kills += 1;
    }
    await sleep(Math.max(0, dueMs - performance.now()));
  }
  await sleep(Math.max(0, untilMs - performance.now()));
  return done;
}

async function drain(admin: string, { command }: ClusterMember): Promise<void> {
  const id = (command.environment["FAIRLEAD_WORKER_HOST"] ?? "").replace("host-", "h100-");
  const path = `/admin/v1/workers/${id}`;
  await askAdmin(admin, `${path}/drain?patience=${drainPatienceMs}ms`, "POST");
  await sleep(drainPatienceMs + 1_000);
  await askAdmin(admin, `${path}/uncordon`, "POST");
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`${flag} must be a whole number from 1 to ${max}, not "${text}"`);
}
