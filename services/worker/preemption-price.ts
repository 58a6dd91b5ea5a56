// What a preemption of this sequence costs, for its story: the tokens that have to be computed again, how long that
// takes, and how long a swap to host memory and back would. Without an engine that tells its prices: the tokens alone.

import type { EngineUp } from "#shared/messages/from-engine.ts";
import type { Sequence } from "./sequence.ts";

export function preemptionPrice(
  engineUp: EngineUp | undefined,
  { promptTokens, forcedTokens, totals }: Sequence,
): Readonly<Record<string, number>> {
  const recomputeTokens =
    totals.outputTokens > 0
      ? promptTokens + forcedTokens + totals.outputTokens
      : totals.prefillTokens + totals.cachedTokens;
  const { recomputeUsPerToken, swapUsPerToken } = engineUp ?? {};
  if (recomputeUsPerToken === undefined || swapUsPerToken === undefined) return { recomputeTokens };
  return {
    recomputeTokens,
    recomputeMs: tenthsOfMs(recomputeTokens * recomputeUsPerToken),
    swapMs: tenthsOfMs(recomputeTokens * swapUsPerToken),
  };
}

const tenthsOfMs = (us: number): number => Math.round(us / 100) / 10;
