// The engines that the suites run on, each in every suite the same for all policies.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";

/** VTC's: Llama-2-7B on an A10G with room for 10,000 tokens. */
export const a10gProfileName = "llama2_7b/tp1/float16/a10g";

/** One step budget for all policies: chunked prefill, decodes included. */
export const a10gEngine: SimulatedEngineSpec = {
  kind: "simulated",
  profile: a10gProfileName,
  gpus: 1,
  kvBlocks: 625,
  kvBlockTokens: 16,
  sequencesMax: 256,
  stepTokensMax: 512,
  adapterSlots: 0,
  timeScale: 1,
};

/** A replica as a fleet would have it: Llama-3-8B on one H100. */
export const h100Engine: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 27_750,
  kvBlockTokens: 16,
  sequencesMax: 256,
  // A step of 2,048 tokens takes 50 ms, all that a chat may take per token; one of 512 costs 7 % of the throughput.
  stepTokensMax: 1024,
  adapterSlots: 0,
  timeScale: 1,
};
