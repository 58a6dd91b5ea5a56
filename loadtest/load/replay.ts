// Sends a workload on time, whatever comes back: open loop, so that a slow system cannot hide by slowing its load.

import { Agent } from "node:http";
import type { LoadTenant } from "./assign-tenants.ts";
import { assignTenant } from "./assign-tenants.ts";
import { percentile } from "./percentile.ts";
import { promptText } from "./prompt-text.ts";
import type { StreamOutcome } from "./stream-client.ts";
import { streamCompletion } from "./stream-client.ts";
import type { Workload } from "./workload.ts";

export interface ReplayOptions {
  /** In turn, request by request. */
  readonly urls: readonly [URL, ...URL[]];
  readonly model: string;
  readonly tenants: readonly LoadTenant[];
  readonly seed: number;
  readonly timeoutMs: number;
  /** Open streams at once; beyond it requests are counted as not sent, never silently delayed. */
  readonly openMax: number;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress {
  readonly elapsedS: number;
  readonly sent: number;
  readonly planned: number;
  readonly open: number;
  readonly completed: number;
  /** Said no to, with a code. */
  readonly refused: number;
  /** Not reached, cut off, timed out or never sent. */
  readonly broken: number;
}

export interface Replay {
  readonly outcomes: ReadonlyMap<string, readonly StreamOutcome[]>;
  readonly elapsedS: number;
  /** How late requests left, against their plan. Large values mean that the load generator, not the system, was slow. */
  readonly latenessP99Ms: number;
}

const progressEveryMs = 2000;

export async function replay(workload: Workload, options: ReplayOptions): Promise<Replay> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const outcomes = new Map<string, StreamOutcome[]>(options.tenants.map(({ name }) => [name, []]));
  const counts = { sent: 0, open: 0, completed: 0, refused: 0, broken: 0 };
  const lateness: number[] = [];
  const calls: Promise<void>[] = [];
  const startedAtMs = performance.now();
  const elapsedS = (): number => (performance.now() - startedAtMs) / 1000;
  const ticker = setInterval(
    () =>
      options.onProgress({ elapsedS: elapsedS(), planned: workload.requests.length, ...counts }),
    progressEveryMs,
  );
  const record = (tenant: LoadTenant, outcome: StreamOutcome): void => {
    outcomes.get(tenant.name)?.push(outcome);
    counts[outcome.kind] += 1;
  };
  for (const [number, request] of workload.requests.entries()) {
    const dueInMs = startedAtMs + request.atMs - performance.now();
    if (dueInMs > 1) await sleep(dueInMs);
    lateness.push(Math.max(0, performance.now() - startedAtMs - request.atMs));
    const tenant = assignTenant(request, number, options);
    counts.sent += 1;
    if (counts.open >= options.openMax) {
      record(tenant, { kind: "broken", reason: "not sent, too many open" });
      continue;
    }
    const body = JSON.stringify({
      model: options.model,
      prompt: promptText(request, number),
      max_tokens: request.outputTokens,
      ignore_eos: true,
      stream: true,
      stream_options: { include_usage: true },
    });
    counts.open += 1;
    const url = options.urls[number % options.urls.length] ?? options.urls[0];
    const call = { url, agent, key: tenant.key, body, timeoutMs: options.timeoutMs };
    calls.push(
      (async () => {
        const outcome = await streamCompletion(call);
        counts.open -= 1;
        record(tenant, outcome);
      })(),
    );
  }
  await Promise.all(calls);
  clearInterval(ticker);
  agent.destroy();
  const latenessP99Ms = percentile(
    lateness.toSorted((a, b) => a - b),
    0.99,
  );
  return { outcomes, elapsedS: elapsedS(), latenessP99Ms: Math.round(latenessP99Ms * 100) / 100 };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
