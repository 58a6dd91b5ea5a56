// The cost of work in integer µcost, over five resources: prompt tokens computed, prompt tokens found cached, output
// tokens, KV blocks held over time, adapter loads. By default one uncached prompt token is 1,000, an output token 2,000
// (the weights of VTC, Sheng et al. 2024) and the rest nothing, so that figures compare; a pool may have its own. At
// weight 1 a tag stays exact for 4.5·10^9 output tokens; beyond that the router's assertion stops it rather than let
// floats round a share away.

export interface CostWeights {
  readonly promptToken: number;
  readonly cachedToken: number;
  readonly outputToken: number;
  /** Per KV block held for one second. */
  readonly kvBlockSecond: number;
  /** Per adapter load that this request caused. */
  readonly adapterLoad: number;
}

export const costWeightsDefault: CostWeights = {
  promptToken: 1000,
  cachedToken: 0,
  outputToken: 2000,
  kvBlockSecond: 0,
  adapterLoad: 0,
};

export interface Work {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly kvBlockMs: number;
  /** Loads into a GPU slot that it caused. */
  readonly adapterLoads: number;
}

/** Integer µcost. `promptTokens` are those computed, without the cached ones. */
export function costOf(work: Work, weights: CostWeights = costWeightsDefault): number {
  return (
    work.promptTokens * weights.promptToken +
    work.cachedTokens * weights.cachedToken +
    work.outputTokens * weights.outputToken +
    work.adapterLoads * weights.adapterLoad +
    kvCost(work.kvBlockMs, weights.kvBlockSecond)
  );
}

/** Whole seconds apart, so that no product grows beyond what is exact. */
const kvCost = (kvBlockMs: number, kvBlockSecond: number): number =>
  Math.floor(kvBlockMs / 1000) * kvBlockSecond +
  Math.floor(((kvBlockMs % 1000) * kvBlockSecond) / 1000);
