// Llama-2-7B on an A10G, for the published fairness experiments: a few constants, fitted on the step times that the VTC
// artefact publishes (Ying1123/VTC-artifact, Apache-2.0): a prefill step 53.2 ms + 0.2089 ms a token, a decode step
// 18.2 ms + 0.215 ms a sequence + 1.89 µs a context token. Here the weights are read once per step whatever is in it:
// G(N) = 18.2 + 0.2089 N, and what is left of a prefill step's constant (35.0 ms) and of a decoding sequence's part
// (0.0061 ms) goes to the two attention terms.

import { layoutOf, llama2Of7B } from "./memory-layout.ts";
import type { StepProfile } from "./step-profile.ts";

/** 22,731 MiB, as its driver reports it. */
const a10gBytes = 23.84e9;

export const llama2Of7BProfile: StepProfile = {
  name: "llama2_7b/tp1/float16/a10g",
  gpu: "a10g",
  gpus: 1,
  hostMs: 2.7,
  knotTokens: [1, 16384],
  knotMs: [18.409, 3440.818],
  decodeFixedMs: 0,
  decodePerSequenceUs: 6.1,
  decodePerContextTokenNs: 1890,
  prefillFixedMs: 35,
  prefillPerPairNs: 0,
  alignTokens: 1,
  memory: layoutOf(llama2Of7B, { gpus: 1, weights: "float16", hbmBytes: a10gBytes }),
};
