// `npm run bench -- hand-over`: for how long nobody is admitted while a control process ends in good order, seen from
// outside. Small requests are asked at both edges all the while; the longest wait of one asked around a SIGTERM is the gap.

import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ClusterMember, ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";
import { percentile } from "#loadtest/load/percentile.ts";
import { untilInterrupted } from "./interruption.ts";

const help = `npm run bench -- hand-over [--json] [--times 10] [--every 40]

Brings a local fleet up, asks for one token every --every ms, of each of three tenants in turn and at each edge in turn, and ends the
two control processes by SIGTERM, one after the other, --times in all, starting each again. All on loopback, then taken down.

hand_overs, asked, failed (not answered with 200), calm_p50_ms and calm_p99_ms (the wait of requests far from any SIGTERM),
gap_p50_ms and gap_max_ms (of each hand-over the longest wait of a request that was asked from half a second before to three seconds after it).`;

const keys = ["fl-demo-acme", "fl-demo-bolt", "fl-demo-corner"];
const warmUpMs = 3_000;
/** Restarted processes take their share back in this time, a few keys at a time. */
const settleMs = 9_000;
const beforeMs = 500;
const afterMs = 3_000;
const patienceMs = 15_000;

interface Probe {
  readonly askedAtMs: number;
  readonly waitedMs: number;
  readonly isAnswered: boolean;
}

interface Figures {
  readonly hand_overs: number;
  readonly asked: number;
  readonly failed: number;
  readonly calm_p50_ms: number;
  readonly calm_p99_ms: number;
  readonly gap_p50_ms: number;
  readonly gap_max_ms: number;
}

export async function run(args: string[]): Promise<Figures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      times: { type: "string", default: "10" },
      every: { type: "string", default: "40" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const times = wholeNumber("--times", values.times, 100);
  const everyMs = wholeNumber("--every", values.every, 1_000);
  const say = values.json ? () => undefined : (line: string) => console.log(line);
  fetchServers();
  const folder = join(tmpdir(), `fairlead-bench-hand-over-${process.pid}`);
  const settings = { FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: "10" };
  try {
    return await untilInterrupted(async () => {
      const state = await clusterUp({ folder, settings, onProgress: say });
      return measure(state, { times, everyMs, say });
    });
  } finally {
    await clusterDown(folder);
  }
}

interface Wanted {
  readonly times: number;
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

async function measure(state: ClusterState, { times, everyMs, say }: Wanted): Promise<Figures> {
  const edges = state.members.filter(({ role }) => role === "edge").map(({ http = "" }) => http);
  const probes: Probe[] = [];
  const stop = keepAsking(edges, everyMs, (probe) => probes.push(probe));
  const endedAtMs: number[] = [];
  await sleep(warmUpMs);
  try {
    for (let turn = 0; turn < times; turn++) {
      const member = controlOf(state.folder, turn);
      endedAtMs.push(performance.now());
      say(`ends ${member.name}`);
      signalProcess(member, "SIGTERM");
      await sleep(afterMs);
      await restartProcess(state.folder, member.name);
      await sleep(settleMs);
    }
  } finally {
    await stop();
  }
  return figuresOf(probes, endedAtMs);
}

function controlOf(folder: string, turn: number): ClusterMember {
  const controls = requiredState(folder).members.filter(({ role }) => role === "control");
  const member = controls[turn % controls.length];
  if (member === undefined) throw new Error("the fleet has no control process");
  return member;
}

/** Open loop: a request that waits delays no later one. Resolves when all are over. */
function keepAsking(
  edges: readonly string[],
  everyMs: number,
  seen: (probe: Probe) => void,
): () => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const open = new Set<Promise<void>>();
  let asked = 0;
  const timer = setInterval(() => {
    const key = keys[asked % keys.length] ?? "";
    const edge = edges[asked % edges.length] ?? "";
    asked++;
    const asking = ask({ agent, edge, key }).then(seen);
    open.add(asking);
    void asking.then(() => open.delete(asking));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
  };
}

interface Asked {
  readonly agent: Agent;
  readonly edge: string;
  readonly key: string;
}

function ask({ agent, edge, key }: Asked): Promise<Probe> {
  const askedAtMs = performance.now();
  const { promise, resolve } = Promise.withResolvers<Probe>();
  const over = (isAnswered: boolean): void => {
    resolve({ askedAtMs, waitedMs: performance.now() - askedAtMs, isAnswered });
  };
  const call = request(
    `http://${edge}/v1/completions`,
    {
      agent,
      method: "POST",
      timeout: patienceMs,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    },
    (reply) => {
      reply.resume();
      reply.once("end", () => over(reply.statusCode === 200));
    },
  );
  call.once("timeout", () => call.destroy());
  call.once("error", () => over(false));
  call.end(JSON.stringify({ model: "llama-3.1-8b", prompt: "Are you there?", max_tokens: 1 }));
  return promise;
}

function figuresOf(probes: readonly Probe[], endedAtMs: readonly number[]): Figures {
  const around = (atMs: number): readonly Probe[] =>
    probes.filter(({ askedAtMs }) => askedAtMs > atMs - beforeMs && askedAtMs < atMs + afterMs);
  const near = new Set(endedAtMs.flatMap(around));
  const gaps = endedAtMs.map((atMs) =>
    Math.max(0, ...around(atMs).map(({ waitedMs }) => waitedMs)),
  );
  const calm = sorted(probes.filter((probe) => !near.has(probe)).map(({ waitedMs }) => waitedMs));
  const ordered = sorted(gaps);
  return {
    hand_overs: endedAtMs.length,
    asked: probes.length,
    failed: probes.filter(({ isAnswered }) => !isAnswered).length,
    calm_p50_ms: Math.round(percentile(calm, 0.5)),
    calm_p99_ms: Math.round(percentile(calm, 0.99)),
    gap_p50_ms: Math.round(percentile(ordered, 0.5)),
    gap_max_ms: Math.round(ordered.at(-1) ?? 0),
  };
}

const sorted = (figures: readonly number[]): readonly number[] => figures.toSorted((a, b) => a - b);

function wholeNumber(name: string, text: string, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new Error(`${name}: expected a whole number from 1 to ${max}, found "${text}"`);
}
