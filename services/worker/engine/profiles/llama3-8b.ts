// H100 SXM step tables of Llama-3.1-8B. Derived from NVIDIA's aiconfigurator kernel data (ai-dynamo/aiconfigurator@095f58a,
// Apache-2.0; vLLM 0.24.0 kernels on "NVIDIA H100 80GB HBM3"): GEMM and all-reduce knots, and attention terms fitted on
// attention kernels. Against summed kernels they err by 0.4–2.7 % on average. Time to first token is not validated.

import { knotTokens } from "./knot-tokens.ts";
import { h100Bytes, layoutOf, llama3Of8B } from "./memory-layout.ts";
import type { StepProfile } from "./step-profile.ts";

export const llama3Of8BProfiles: readonly StepProfile[] = [
  {
    name: "llama3_8b/tp1/bfloat16",
    gpu: "h100",
    gpus: 1,
    hostMs: 0.5,
    knotTokens,
    knotMs: [
      6.005, 5.928, 6.424, 6.523, 6.692, 6.376, 6.731, 7.006, 7.338, 7.737, 8.425, 9.779, 10.982,
      11.629, 15.52, 15.827, 20.658, 30.579, 40.606, 60.908, 80.727, 128.303, 172.625, 258.284,
      343.915,
    ],
    decodeFixedMs: 0.364,
    decodePerSequenceUs: 3.3,
    decodePerContextTokenNs: 43.97,
    prefillFixedMs: 0.496,
    prefillPerPairNs: 0.8119,
    alignTokens: 1,
    memory: layoutOf(llama3Of8B, { gpus: 1, weights: "bfloat16", hbmBytes: h100Bytes }),
  },
  {
    name: "llama3_8b/tp1/fp8",
    gpu: "h100",
    gpus: 1,
    hostMs: 0.5,
    knotTokens,
    knotMs: [
      4.27, 3.889, 4.11, 4.319, 4.288, 4.624, 4.712, 6.74, 6.16, 5.925, 9.761, 8.864, 8.407, 14.309,
      12.759, 19.394, 15.734, 23.826, 31.007, 46.739, 61.524, 93.434, 117.317, 180.341, 244.927,
    ],
    decodeFixedMs: 0.364,
    decodePerSequenceUs: 3.3,
    decodePerContextTokenNs: 43.97,
    prefillFixedMs: 0.496,
    prefillPerPairNs: 0.8119,
    alignTokens: 256,
    memory: layoutOf(llama3Of8B, { gpus: 1, weights: "fp8", hbmBytes: h100Bytes }),
  },
];
