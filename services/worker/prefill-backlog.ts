// How many prompt tokens wait here to be computed, and how many more may come. Law: what an engine cannot take into its
// next steps stays in the tenants' queues, where the fair order still counts: behind a prompt that the engine already
// has, everyone waits, whoever they are.

import type { Sequence } from "./sequence.ts";
import type { WorkerState } from "./worker-state.ts";

/** The next step is planned while this one runs, so that the engine never waits for the router. */
const stepsAhead = 2;

export interface PrefillRoom {
  /** Prompt tokens. Never below zero. */
  readonly forAll: number;
  /** For a tenant inside its share: those that yield to it are not in its way. Never less. */
  readonly insideShare: number;
}

/** Undefined: the engine does not tell what a step takes, so nothing bounds its backlog. */
export function prefillRoom({ engineUp, live, beyondShare }: WorkerState): PrefillRoom | undefined {
  if (engineUp?.stepTokensMax === undefined) return undefined;
  const most = stepsAhead * engineUp.stepTokensMax;
  let all = 0;
  let inside = 0;
  for (const sequence of live.values()) {
    const tokens = tokensToCompute(sequence);
    all += tokens;
    if (!beyondShare.has(sequence.tenant)) inside += tokens;
    if (inside >= most) break;
  }
  return { forAll: Math.max(0, most - all), insideShare: Math.max(0, most - inside) };
}

/** Until its first token of this attempt; how much of it the prefix cache spares is known once it runs. */
function tokensToCompute({ promptTokens, forcedTokens, totals, stopCause }: Sequence): number {
  if (stopCause !== undefined || totals.outputTokens > 0) return 0;
  const { prefillTokens, cachedTokens } = totals;
  return Math.max(0, promptTokens + forcedTokens - prefillTokens - cachedTokens);
}
