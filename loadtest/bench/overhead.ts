// What the platform costs over the bare engine, embedded and as a fleet: added time to first token, CPU per request and
// per token, memory per stream, and how fast an abort reaches the engine; beside nginx as a plain proxy in the same
// run. Several stages, because each question needs another speed of the simulated GPU. Figures are medians over rounds.

import { parseArgs } from "node:util";
import type { Abort } from "./overhead/measure-abort.ts";
import { measureAborts } from "./overhead/measure-abort.ts";
import type { ClosedLoop } from "./overhead/measure-closed-loop.ts";
import { measureClosedLoop } from "./overhead/measure-closed-loop.ts";
import { measureIdle } from "./overhead/measure-idle.ts";
import type { Streams } from "./overhead/measure-streams.ts";
import { measureStreams } from "./overhead/measure-streams.ts";
import { measureTtft } from "./overhead/measure-ttft.ts";
import type { Measured } from "./overhead/rows.ts";
import { abortRows, modeRows, nothingMeasured, partRows } from "./overhead/rows.ts";
import type { Stage } from "./overhead/stage.ts";
import { onSpreadStage, onStage } from "./overhead/stage.ts";
import type { Target } from "./overhead/target.ts";

const stageNames = ["ttft", "requests", "streams", "singly", "memory"] as const;
type StageName = (typeof stageNames)[number];

const help = `npm run bench -- overhead [--json] [--quick] [--only STAGE] [--role-args="…"]

Bare engine, nginx before it, and on equal replicas the embedded platform, in one process, and the fleet, in one process
of each role on the local cluster's servers: three NATS, three etcd and Postgres, all of them under certificates.
  added_ttft           streams of 4 tokens, one at a time, targets in turn; GPU at table speed
  cpu_s_per_1k         128 connections, closed loop, non-streamed, 16 tokens; GPU twice as fast
  cpu_us_per_token     100 streams of 200 tokens, a token each 25 ms or so; GPU three times as slow
  …_singly             the same, each stream on a replica of its own: no two tokens share a step. nginx then has as many
                       bare engines behind it
  rss_kb_per_stream    1000 streams; GPU ten times as slow
  abort_p99_ms         disconnect → stop received by the engine, over the four windows; table speed
The fleet's rows are the sum of all its processes, what they do when idle included; parts has them one by one, with what
each takes when idle, and the edge alone beside nginx.
nginx comes from Debian's packages (installed if missing, as root). --quick takes fewer samples; --only takes one stage:
${stageNames.join(", ")}. --role-args are node's own, for each process of the fleet: --role-args="--cpu-prof --cpu-prof-dir=/tmp/p".`;

interface Effort {
  readonly rounds: number;
  readonly ttftSamples: number;
  readonly requests: number;
  readonly aborts: number;
}

const streamsPlan = { streams: 100, promptTokens: 40, outputTokens: 200 };
/** A step of one sequence is so much shorter than one of a hundred that the same pace needs a slower GPU. */
const spreadPercent = 320;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      "role-args": { type: "string", default: "" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const effort: Effort = values.quick
    ? { rounds: 1, ttftSamples: 60, requests: 3000, aborts: 10 }
    : { rounds: 3, ttftSamples: 250, requests: 6000, aborts: 30 };
  const only = stageNames.find((name) => name === values.only);
  if (values.only !== undefined && only === undefined) {
    throw new Error(`--only: one of ${stageNames.join(", ")}`);
  }
  const nodeArgs = values["role-args"].split(" ").filter((word) => word !== "");
  const measured = await measureAll(effort, only === undefined ? stageNames : [only], nodeArgs);
  const rows = modeRows(measured);
  const parts = partRows(measured);
  const aborts = abortRows(measured.aborts);
  if (!values.json) {
    console.table(rows);
    console.table(parts);
    console.table(aborts);
  }
  return { rows, parts, aborts };
}

async function measureAll(
  effort: Effort,
  wanted: readonly StageName[],
  nodeArgs: readonly string[],
): Promise<Measured> {
  let measured: Measured = nothingMeasured;
  for (const name of wanted) {
    console.error(`bench overhead: ${name}…`);
    measured = { ...measured, ...(await measuring[name](effort, nodeArgs)) };
  }
  return measured;
}

const measuring: Readonly<
  Record<StageName, (effort: Effort, nodeArgs: readonly string[]) => Promise<Partial<Measured>>>
> = {
  ttft: (effort, nodeArgs) =>
    onStage({ timePercent: 100, nodeArgs }, (stage) => atTableSpeed(stage, effort)),
  requests: async (effort, nodeArgs) => ({
    closed: await onStage({ timePercent: 50, nodeArgs }, (stage) =>
      rounds(targetsOf(stage), effort.rounds, closedLoop(effort)),
    ),
  }),
  streams: async (effort, nodeArgs) => ({
    streams: await onStage({ timePercent: 300, nodeArgs }, (stage) =>
      rounds(targetsOf(stage), effort.rounds, (target) => measureStreams(target, streamsPlan)),
    ),
  }),
  singly: async (effort, nodeArgs) => ({
    spread: await onSpreadStage(
      { timePercent: spreadPercent, nodeArgs },
      streamsPlan.streams,
      ({ nginx, cluster }) =>
        rounds([nginx, cluster.target], effort.rounds, (target) =>
          measureStreams(target, streamsPlan),
        ),
    ),
  }),
  memory: async (_effort, nodeArgs) => ({
    memory: await onStage({ timePercent: 1000, nodeArgs }, (stage) =>
      rounds(targetsOf(stage), 1, (target) =>
        measureStreams(target, { streams: 1000, promptTokens: 40, outputTokens: 30 }),
      ),
    ),
  }),
};

const closedLoop =
  ({ requests }: Effort) =>
  (target: Target): Promise<ClosedLoop> =>
    measureClosedLoop(target, { connections: 128, requests, promptTokens: 60, outputTokens: 16 });

const targetsOf = ({ bare, nginx, embedded, cluster }: Stage): readonly Target[] => [
  bare,
  nginx,
  embedded.target,
  cluster.target,
];

async function atTableSpeed(stage: Stage, { ttftSamples, aborts: perWindow }: Effort) {
  const targets = targetsOf(stage);
  const idle = await measureIdle(stage.cluster.target);
  const samples = await measureTtft(targets, { samples: ttftSamples, promptTokens: 100 });
  const ttft = new Map(targets.map(({ mode }, at) => [mode, samples[at] ?? []]));
  const aborts = new Map<Target["mode"], readonly Abort[]>();
  for (const platform of [stage.embedded, stage.cluster]) {
    aborts.set(platform.target.mode, await measureAborts(platform, perWindow));
  }
  return { ttft, aborts, idle };
}

/** Each target once a round, another one first each time. */
async function rounds<Result extends ClosedLoop | Streams>(
  targets: readonly Target[],
  count: number,
  measure: (target: Target) => Promise<Result>,
): Promise<ReadonlyMap<Target["mode"], readonly Result[]>> {
  const results = new Map<Target["mode"], Result[]>(targets.map(({ mode }) => [mode, []]));
  for (let round = 0; round < count; round++) {
    for (let turn = 0; turn < targets.length; turn++) {
      const target = targets[(turn + round) % targets.length];
      if (target !== undefined) results.get(target.mode)?.push(await measure(target));
    }
  }
  return results;
}
