// What an offer is charged before any of it has run, µcost: policies differ in how much of it they know or guess.

import type { Offer } from "#shared/messages/to-router.ts";
import type { CostWeights } from "#shared/model/cost.ts";
import { costOf, costWeightsDefault } from "#shared/model/cost.ts";

/** Prompt and predicted output. */
export type OfferCost = (offer: Offer) => number;

/** A queue stamps its prediction with the default weights; a pool that has its own weighs it anew. */
export function predictedCost(weights: CostWeights): OfferCost {
  if (weights === costWeightsDefault) return ({ cost }) => cost;
  return ({ promptTokens, outputTokensPredicted }) =>
    workCost(weights, promptTokens, outputTokensPredicted);
}

/** The prompt alone: output is charged as it comes. */
export const promptCost =
  (weights: CostWeights): OfferCost =>
  ({ promptTokens }) =>
    workCost(weights, promptTokens, 0);

/** Prompt and true output, for who is told how long it will be. */
export const trueCost =
  (weights: CostWeights, outputTokensOf: (offer: Offer) => number): OfferCost =>
  (offer) =>
    workCost(weights, offer.promptTokens, outputTokensOf(offer));

const workCost = (weights: CostWeights, promptTokens: number, outputTokens: number): number =>
  costOf({ promptTokens, cachedTokens: 0, outputTokens, kvBlockMs: 0, adapterLoads: 0 }, weights);
