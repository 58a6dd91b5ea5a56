// H100 SXM step tables of Qwen3-32B. Derived from NVIDIA's aiconfigurator kernel data (ai-dynamo/aiconfigurator@095f58a,
// Apache-2.0; vLLM 0.24.0 kernels on "NVIDIA H100 80GB HBM3"): GEMM and all-reduce knots, and attention terms fitted on
// attention kernels. Against summed kernels they err by 0.4–2.7 % on average. Time to first token is not validated.

import { knotTokens } from "./knot-tokens.ts";
import { h100Bytes, layoutOf, qwen3Of32B } from "./memory-layout.ts";
import type { StepProfile } from "./step-profile.ts";

export const qwen3Of32BProfiles: readonly StepProfile[] = [
  {
    name: "qwen3_32b/tp2/bfloat16",
    gpu: "h100",
    gpus: 2,
    hostMs: 2.0,
    knotTokens,
    knotMs: [
      12.449, 12.956, 14.072, 14.231, 15.096, 14.171, 15.839, 15.736, 16.28, 18.41, 17.926, 22.472,
      26.816, 28.297, 38.951, 40.822, 51.395, 75.975, 100.529, 149.634, 206.969, 314.653, 425.207,
      622.925, 821.019,
    ],
    decodeFixedMs: 0.753,
    decodePerSequenceUs: 2.94,
    decodePerContextTokenNs: 42.89,
    prefillFixedMs: 1.005,
    prefillPerPairNs: 1.6104,
    alignTokens: 1,
    memory: layoutOf(qwen3Of32B, { gpus: 2, weights: "bfloat16", hbmBytes: h100Bytes }),
  },
  {
    name: "qwen3_32b/tp4/bfloat16",
    gpu: "h100",
    gpus: 4,
    hostMs: 2.0,
    knotTokens,
    knotMs: [
      7.255, 7.458, 8.064, 8.637, 9.079, 9.006, 9.337, 9.81, 11.356, 12.12, 11.674, 14.98, 18.105,
      19.999, 24.607, 25.474, 32.097, 45.972, 59.986, 94.633, 122.178, 185.251, 245.221, 365.155,
      486.351,
    ],
    decodeFixedMs: 0.77,
    decodePerSequenceUs: 0.88,
    decodePerContextTokenNs: 21.71,
    prefillFixedMs: 0.963,
    prefillPerPairNs: 0.7572,
    alignTokens: 1,
    memory: layoutOf(qwen3Of32B, { gpus: 4, weights: "bfloat16", hbmBytes: h100Bytes }),
  },
  {
    name: "qwen3_32b/tp8/bfloat16",
    gpu: "h100",
    gpus: 8,
    hostMs: 2.0,
    knotTokens,
    knotMs: [
      4.809, 5.009, 5.301, 5.923, 6.267, 6.443, 6.975, 6.99, 7.862, 8.777, 8.902, 11.092, 13.094,
      13.021, 17.025, 17.828, 21.563, 31.361, 41.435, 60.504, 80.161, 117.663, 154.125, 232.115,
      312.776,
    ],
    decodeFixedMs: 0.786,
    decodePerSequenceUs: 0.21,
    decodePerContextTokenNs: 10.91,
    prefillFixedMs: 0.981,
    prefillPerPairNs: 0.2839,
    alignTokens: 1,
    memory: layoutOf(qwen3Of32B, { gpus: 8, weights: "bfloat16", hbmBytes: h100Bytes }),
  },
];
