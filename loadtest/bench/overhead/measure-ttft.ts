// Time to first token at low load, the targets in turn, so that a machine that drifts drifts for all of them.

import { streamCompletion } from "#loadtest/load/stream-client.ts";
import type { Target } from "./target.ts";
import { completionBody, newAgent } from "./target.ts";

interface TtftPlan {
  /** Streams per target, one at a time. */
  readonly samples: number;
  readonly promptTokens: number;
}

/** Milliseconds, per target, in the order of `targets`; sample `n` of every target was taken side by side. */
export async function measureTtft(
  targets: readonly Target[],
  { samples, promptTokens }: TtftPlan,
): Promise<readonly (readonly number[])[]> {
  const agent = newAgent();
  const measured: number[][] = targets.map(() => []);
  for (let sample = -warmUp; sample < samples; sample++) {
    for (let turn = 0; turn < targets.length; turn++) {
      // Another one goes first each round: what follows a pause is not always the same target.
      const at = (turn + sample + warmUp) % targets.length;
      const target = targets[at];
      if (target === undefined) continue;
      const outcome = await streamCompletion({
        url: new URL(`${target.url}/v1/completions`),
        agent,
        key: target.key,
        body: completionBody({ promptTokens, outputTokens: 4, isStreamed: true }),
        timeoutMs: 10_000,
      });
      if (outcome.kind !== "completed") {
        throw new Error(`${target.mode}: ${JSON.stringify(outcome)}`);
      }
      if (sample >= 0) measured[at]?.push(outcome.ttftMs);
    }
  }
  agent.destroy();
  return measured;
}

const warmUp = 20;
