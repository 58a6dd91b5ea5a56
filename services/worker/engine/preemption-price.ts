// What it costs to take a sequence's KV away, per token of it: to compute it again, or to move it to host memory and
// back. Recompute is what the engine does, because its steps need not wait for a bus and what is cached is spared;
// the price of a swap stands beside it, so that the choice can be checked for each model.

import type { StepProfile } from "./profiles/step-profile.ts";
import { emptyLoad, stepTime } from "./step-time.ts";

// PCIe 5 x16 as it is reached; each GPU of a replica moves its own part over its own link.
const hostBytesPerUs = 50_000;

export interface PreemptionPrice {
  /** In whole steps of prompt tokens and nothing else. */
  readonly recomputeUsPerToken: number;
  readonly swapUsPerToken: number;
}

export function preemptionPrice(profile: StepProfile, stepTokens: number): PreemptionPrice {
  const load = { prefillTokens: stepTokens, prefillPairs: (stepTokens * stepTokens) / 2 };
  const { gemmMs, prefillMs } = stepTime(profile, { ...emptyLoad(), ...load });
  return {
    recomputeUsPerToken: (1000 * (gemmMs + prefillMs)) / stepTokens,
    swapUsPerToken: (2 * profile.memory.kvBytesPerTokenPerGpu) / hostBytesPerUs,
  };
}
