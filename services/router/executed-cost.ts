// What an attempt has cost so far, by what its worker says it executed.

import { costOf } from "#shared/model/cost.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

export const executedCost = (totals: ExecutedTotals): number =>
  costOf({
    promptTokens: totals.prefillTokens,
    cachedTokens: totals.cachedTokens,
    outputTokens: totals.outputTokens,
    kvBlockMs: totals.kvBlockMs,
  });
