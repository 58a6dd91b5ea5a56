// How many prompt tokens wait here to be computed, and how many more may come. Law: what an engine cannot take into its
// next steps stays in the tenants' queues, where the fair order still counts: behind a prompt that the engine already
// has, everyone waits, whoever they are.

import type { Sequence } from "./sequence.ts";
import type { WorkerState } from "./worker-state.ts";

/** The next step is planned while this one runs, so that the engine never waits for the router. */
const stepsAhead = 2;

/** Undefined: the engine does not tell what a step takes, so nothing bounds its backlog. Never below zero. */
export function freePrefillTokens({ engineUp, live }: WorkerState): number | undefined {
  if (engineUp?.stepTokensMax === undefined) return undefined;
  let free = stepsAhead * engineUp.stepTokensMax;
  for (const sequence of live.values()) {
    free -= tokensToCompute(sequence);
    if (free <= 0) return 0;
  }
  return free;
}

/** Until its first token of this attempt; how much of it the prefix cache spares is known once it runs. */
function tokensToCompute({ promptTokens, forcedTokens, totals, stopCause }: Sequence): number {
  if (stopCause !== undefined || totals.outputTokens > 0) return 0;
  const { prefillTokens, cachedTokens } = totals;
  return Math.max(0, promptTokens + forcedTokens - prefillTokens - cachedTokens);
}
