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
