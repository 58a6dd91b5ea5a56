// What the platform costs over the bare engine: added time to first token, CPU per request and per token, memory per
// stream, and how fast an abort reaches the engine; beside nginx as a plain proxy in the same run. Four stages,
// because each question needs another speed of the simulated GPU. Figures are medians over rounds.

import { parseArgs } from "node:util";
import { percentile } from "#loadtest/load/percentile.ts";
import { narrowConcurrency, narrowTenant } from "./overhead/bench-fleet.ts";
import type { Abort } from "./overhead/measure-abort.ts";
import { abortWindows, measureAbort, occupy } from "./overhead/measure-abort.ts";
import type { ClosedLoop } from "./overhead/measure-closed-loop.ts";
import { measureClosedLoop } from "./overhead/measure-closed-loop.ts";
import type { Streams } from "./overhead/measure-streams.ts";
import { measureStreams } from "./overhead/measure-streams.ts";
import { measureTtft } from "./overhead/measure-ttft.ts";
import type { Stage } from "./overhead/stage.ts";
import { onStage } from "./overhead/stage.ts";
import type { Target } from "./overhead/target.ts";

type Mode = Target["mode"];
type PerMode<Value> = Record<Mode, Value>;

const help = `npm run bench -- overhead [--json] [--quick]

Bare engine, nginx before it, and the embedded platform on an equal replica, each in its own process.
  added_ttft           streams of 4 tokens, one at a time, targets in turn; GPU at table speed
  cpu_s_per_1k         128 connections, closed loop, non-streamed, 16 tokens; GPU twice as fast
  cpu_us_per_token     100 streams of 200 tokens, a token each 25 ms or so; GPU three times as slow
  rss_kb_per_stream    1000 streams; GPU ten times as slow
  abort_p99_ms         disconnect → stop received by the engine, over the four windows; table speed
nginx comes from Debian's packages (installed if missing, as root). --quick takes fewer samples.`;

interface Effort {
  readonly rounds: number;
  readonly ttftSamples: number;
  readonly requests: number;
  readonly aborts: number;
}

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const effort: Effort = values.quick
    ? { rounds: 1, ttftSamples: 60, requests: 4000, aborts: 10 }
    : { rounds: 3, ttftSamples: 300, requests: 6000, aborts: 50 };
  const say = (text: string): void => console.error(`bench overhead: ${text}`);
  say("time to first token, aborts…");
  const { ttft, aborts } = await onStage(100, (stage) => atTableSpeed(stage, effort));
  say("CPU per request…");
  const closed = await onStage(50, (stage) => rounds(stage, effort.rounds, closedLoop(effort)));
  say("CPU per streamed token…");
  const streams = await onStage(300, (stage) =>
    rounds(stage, effort.rounds, (target) =>
      measureStreams(target, { streams: 100, promptTokens: 40, outputTokens: 200 }),
    ),
  );
  say("memory per stream…");
  const memory = await onStage(1000, (stage) =>
    rounds(stage, 1, (target) =>
      measureStreams(target, { streams: 1000, promptTokens: 40, outputTokens: 30 }),
    ),
  );
  const rows = rowsOf({ ttft, closed, streams, memory, aborts });
  if (!values.json) console.table(rows);
  return { rows, aborts: summary(aborts) };
}

const closedLoop =
  ({ requests }: Effort) =>
  (target: Target): Promise<ClosedLoop> =>
    measureClosedLoop(target, { connections: 128, requests, promptTokens: 60, outputTokens: 16 });

async function atTableSpeed(
  stage: Stage,
  { ttftSamples, aborts: perWindow }: Effort,
): Promise<{ readonly ttft: readonly (readonly number[])[]; readonly aborts: readonly Abort[] }> {
  const targets = [stage.bare, stage.nginx, stage.embedded];
  const ttft = await measureTtft(targets, { samples: ttftSamples, promptTokens: 100 });
  const aborts: Abort[] = [];
  for (const window of abortWindows) {
    if (window === "queued") {
      const release = await occupy(stage.narrow, narrowConcurrency);
      for (let count = 0; count < perWindow; count++) {
        const plan = { admin: stage.admin, tenant: narrowTenant, window };
        aborts.push(await measureAbort(stage.narrow, plan));
      }
      release();
    } else {
      for (let count = 0; count < perWindow; count++) {
        const plan = { admin: stage.admin, tenant: "wide", window };
        aborts.push(await measureAbort(stage.embedded, plan));
      }
    }
  }
  return { ttft, aborts };
}

/** Each target once a round, another one first each time. */
async function rounds<Result>(
  stage: Stage,
  count: number,
  measure: (target: Target) => Promise<Result>,
): Promise<PerMode<readonly Result[]>> {
  const results: PerMode<Result[]> = { bare: [], nginx: [], embedded: [] };
  const targets = [stage.bare, stage.nginx, stage.embedded];
  for (let round = 0; round < count; round++) {
    for (let turn = 0; turn < targets.length; turn++) {
      const target = targets[(turn + round) % targets.length];
      if (target !== undefined) results[target.mode].push(await measure(target));
    }
  }
  return results;
}

interface Measured {
  readonly ttft: readonly (readonly number[])[];
  readonly closed: PerMode<readonly ClosedLoop[]>;
  readonly streams: PerMode<readonly Streams[]>;
  readonly memory: PerMode<readonly Streams[]>;
  readonly aborts: readonly Abort[];
}

function rowsOf({ ttft, closed, streams, memory, aborts }: Measured): readonly object[] {
  const [bareTtft = []] = ttft;
  const cpu = (mode: Mode): number => median(closed[mode].map((one) => one.cpuSecondsPer1k));
  const modes: readonly Mode[] = ["embedded", "nginx", "bare"];
  return modes.map((mode) => {
    const own = ttft[["bare", "nginx", "embedded"].indexOf(mode)] ?? [];
    return {
      mode,
      added_ttft_p50_ms: rounded(at(own, 0.5) - at(bareTtft, 0.5)),
      added_ttft_p99_ms: rounded(at(own, 0.99) - at(bareTtft, 0.99)),
      cpu_s_per_1k_requests: rounded(cpu(mode)),
      requests_per_s: rounded(median(closed[mode].map((one) => one.requestsPerSecond))),
      cpu_us_per_token: rounded(median(streams[mode].map((one) => one.cpuUsPerToken))),
      rss_kb_per_stream: rounded(median(memory[mode].map((one) => one.rssKbPerStream))),
      // The platform's process holds an engine too; nginx's does not. Both ratios, so that nobody has to guess.
      nginx_cpu_ratio: rounded(cpu(mode) / cpu("nginx")),
      nginx_cpu_ratio_without_engine: rounded((cpu(mode) - cpu("bare")) / cpu("nginx")),
      abort_p99_ms:
        mode === "embedded"
          ? rounded(
              at(
                aborts.map((one) => one.reachedMs),
                0.99,
              ),
            )
          : null,
    };
  });
}

function summary(aborts: readonly Abort[]): readonly object[] {
  return abortWindows.map((window) => {
    const own = aborts.filter((abort) => abort.window === window);
    const reached = own.map((abort) => abort.reachedMs);
    const freed = own.map((abort) => abort.freedMs);
    return {
      window,
      aborts: own.length,
      reached_p50_ms: rounded(at(reached, 0.5)),
      reached_p99_ms: rounded(at(reached, 0.99)),
      freed_p50_ms: rounded(at(freed, 0.5)),
      freed_max_ms: rounded(at(freed, 1)),
    };
  });
}

const at = (values: readonly number[], share: number): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    share,
  );
const median = (values: readonly number[]): number => at(values, 0.5);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
