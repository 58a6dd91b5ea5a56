// Llama-2-7B on an A100 of 80 GB, to ask what S-LoRA's published runs asked: a roofline of the datasheet's figures, measured
// nowhere. 2,039 GB/s, of which 80 % are reached (13.5 GB of weights: 8.3 ms; 0.52 MB of KV a token: 321 ns), and 312 TFLOPS,
// of which 65 % are (66 µs a token; 2.6 ns a query-key pair); the host's time and what a sequence adds as in the table of the
// A10G, which is of the same runtime. Only ratios between runs on it mean anything.

import { layoutOf, llama2Of7B } from "./memory-layout.ts";
import type { StepProfile } from "./step-profile.ts";

/** 81,920 MiB less what its driver keeps. */
const a100Bytes = 85e9;

export const llama2Of7BOnA100: StepProfile = {
  name: "llama2_7b/tp1/float16/a100",
  gpu: "a100With80",
  gpus: 1,
  hostMs: 2.7,
  knotTokens: [1, 124, 16384],
  knotMs: [8.27, 8.8, 1089],
  decodeFixedMs: 0,
  decodePerSequenceUs: 6.1,
  decodePerContextTokenNs: 321,
  prefillFixedMs: 0,
  prefillPerPairNs: 2.6,
  alignTokens: 1,
  memory: layoutOf(llama2Of7B, { gpus: 1, weights: "float16", hbmBytes: a100Bytes }),
};
