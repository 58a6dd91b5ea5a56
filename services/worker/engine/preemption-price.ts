// What it costs to take a sequence's KV away, per token of it: to compute it again, or to move it to host memory and
// back. Recompute is the default, because steps then need not wait for a bus and what is cached is spared; the price
// of a swap stands beside it, so that the choice can be checked for each model.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { hostBytesPerMs } from "#shared/model/adapter-tiers.ts";
import type { StepProfile } from "./profiles/step-profile.ts";
import { emptyLoad, stepTime } from "./step-time.ts";

export interface PreemptionPrice {
  /** In whole steps of prompt tokens and nothing else. */
  readonly recomputeUsPerToken: number;
  readonly swapUsPerToken: number;
}

/** Each GPU of a replica moves its own part of the KV. */
export function preemptionPrice(
  profile: StepProfile,
  {
    stepTokensMax: stepTokens,
    gpusPerHost,
  }: Pick<SimulatedEngineSpec, "stepTokensMax" | "gpusPerHost">,
): PreemptionPrice {
  const load = { prefillTokens: stepTokens, prefillPairs: (stepTokens * stepTokens) / 2 };
  const { gemmMs, prefillMs } = stepTime(profile, { ...emptyLoad(), ...load });
  return {
    recomputeUsPerToken: (1000 * (gemmMs + prefillMs)) / stepTokens,
    swapUsPerToken: 1000 * 2 * swapMs(profile, 1, gpusPerHost),
  };
}

/** To move so many tokens' KV one way. */
export const swapMs = ({ memory }: StepProfile, tokens: number, gpusPerHost?: number): number =>
  (tokens * memory.kvBytesPerTokenPerGpu) / hostBytesPerMs(gpusPerHost);
