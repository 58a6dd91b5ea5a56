// Many streams at once: CPU per streamed token, and resident memory per open stream.

import { streamCompletion } from "#loadtest/load/stream-client.ts";
import { cpuOfParts, growth, residentOfParts, sumOf } from "./part-figures.ts";
import type { PerPart, Target } from "./target.ts";
import { completionBody, newAgent } from "./target.ts";

interface StreamsPlan {
  readonly streams: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface Streams {
  readonly cpuUsPerToken: PerPart;
  /** Memory at its highest while all are open, over before, per stream. */
  readonly rssKbPerStream: PerPart;
  readonly tokensPerSecond: number;
}

const sampleEveryMs = 200;

export async function measureStreams(target: Target, plan: StreamsPlan): Promise<Streams> {
  await openAll(target, { ...plan, outputTokens: Math.max(8, plan.outputTokens / 4) });
  const rssBefore = residentOfParts(target);
  const cpuBefore = cpuOfParts(target);
  const startedAtMs = performance.now();
  let rssMost = rssBefore;
  const sampler = setInterval(() => {
    const rss = residentOfParts(target);
    if (sumOf(rss) > sumOf(rssMost)) rssMost = rss;
  }, sampleEveryMs);
  const tokens = await openAll(target, plan);
  clearInterval(sampler);
  const seconds = (performance.now() - startedAtMs) / 1000;
  return {
    cpuUsPerToken: growth(cpuBefore, cpuOfParts(target), 1e6 / tokens),
    rssKbPerStream: growth(rssBefore, rssMost, 1 / plan.streams),
    tokensPerSecond: tokens / seconds,
  };
}

async function openAll(
  target: Target,
  { streams, promptTokens, outputTokens }: StreamsPlan,
): Promise<number> {
  const agent = newAgent();
  const outcomes = await Promise.all(
    Array.from({ length: streams }, () =>
      streamCompletion({
        url: new URL(`${target.url}/v1/completions`),
        agent,
        key: target.key,
        body: completionBody({ promptTokens, outputTokens, isStreamed: true }),
        timeoutMs: 300_000,
      }),
    ),
  );
  agent.destroy();
  return outcomes.reduce((sum, outcome) => {
    if (outcome.kind !== "completed") {
      throw new Error(`${target.mode}: ${JSON.stringify(outcome)}`);
    }
    return sum + outcome.outputTokens;
  }, 0);
}
