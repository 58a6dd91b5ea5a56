// What an attempt has cost so far, by what its worker says it executed and by the adapter load that its place caused.

import type { CostWeights } from "#shared/model/cost.ts";
import { costOf } from "#shared/model/cost.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { Placement } from "./placement.ts";
import type { PoolState } from "./pool-state.ts";

export interface Executed {
  readonly totals: ExecutedTotals;
  readonly adapterLoads: number;
  /** Computed by earlier attempts and charged then: to compute it again is not the tenant's doing. */
  readonly computedTokens?: number;
}

export const executedCost = (
  { totals, adapterLoads, computedTokens = 0 }: Executed,
  weights: CostWeights,
): number =>
  costOf(
    {
      promptTokens: Math.max(0, totals.prefillTokens - computedTokens),
      cachedTokens: totals.cachedTokens,
      outputTokens: totals.outputTokens,
      kvBlockMs: totals.kvBlockMs,
      adapterLoads,
    },
    weights,
  );

/** Charge what a place has executed since it had cost `before`. */
export function charge(
  { policy, audit, costWeights, preemptionAllowance }: PoolState,
  placement: Placement,
  before: number,
): void {
  const cost = executedCost(placement, costWeights);
  policy.executed(placement.account, placement.charge, cost);
  audit.served(placement.account, placement.charge, before, cost);
  preemptionAllowance.earn(Math.max(0, cost - before));
}
