// H100 SXM step tables of Qwen2.5-72B. Derived from NVIDIA's aiconfigurator kernel data (ai-dynamo/aiconfigurator@095f58a,
// Apache-2.0; vLLM 0.24.0 kernels on "NVIDIA H100 80GB HBM3"): GEMM and all-reduce knots, and attention terms fitted on
// attention kernels. Against summed kernels they err by 0.4–2.7 % on average. Time to first token is not validated.

import { knotTokens } from "./knot-tokens.ts";
import { h100Bytes, layoutOf, qwen25Of72B } from "./memory-layout.ts";
import type { StepProfile } from "./step-profile.ts";

export const qwen25Of72BProfiles: readonly StepProfile[] = [
  {
    name: "qwen25_72b/tp2/fp8",
    gpu: "h100",
    gpus: 2,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      16.185, 16.649, 16.421, 17.045, 17.667, 19.243, 19.838, 28.718, 25.799, 24.325, 46.2, 42.898,
      42.112, 69.662, 61.286, 90.772, 81.789, 122.759, 158.909, 240.41, 314.408, 474.818, 553.562,
      859.111, 1175.956,
    ],
    decodeFixedMs: 0.942,
    decodePerSequenceUs: 3.67,
    decodePerContextTokenNs: 53.62,
    prefillFixedMs: 1.256,
    prefillPerPairNs: 2.013,
    alignTokens: 256,
    memory: layoutOf(qwen25Of72B, { gpus: 2, weights: "fp8", hbmBytes: h100Bytes }),
  },
  {
    name: "qwen25_72b/tp4/fp8",
    gpu: "h100",
    gpus: 4,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      10.333, 9.825, 10.184, 11.479, 11.711, 13.038, 14.015, 18.228, 18.093, 18.391, 29.478, 28.294,
      28.576, 43.385, 41.607, 57.811, 55.067, 80.77, 105.139, 156.039, 204.965, 303.871, 366.648,
      568.556, 777.743,
    ],
    decodeFixedMs: 0.962,
    decodePerSequenceUs: 1.11,
    decodePerContextTokenNs: 27.14,
    prefillFixedMs: 1.204,
    prefillPerPairNs: 0.9465,
    alignTokens: 256,
    memory: layoutOf(qwen25Of72B, { gpus: 4, weights: "fp8", hbmBytes: h100Bytes }),
  },
  {
    name: "qwen25_72b/tp4/bfloat16",
    gpu: "h100",
    gpus: 4,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      14.165, 15.207, 15.159, 15.636, 16.504, 17.641, 18.497, 18.535, 20.236, 21.792, 22.487,
      29.107, 35.163, 36.424, 50.184, 51.759, 65.166, 95.609, 125.704, 195.653, 261.983, 403.895,
      559.146, 797.108, 1026.946,
    ],
    decodeFixedMs: 0.962,
    decodePerSequenceUs: 1.11,
    decodePerContextTokenNs: 27.14,
    prefillFixedMs: 1.204,
    prefillPerPairNs: 0.9465,
    alignTokens: 1,
    memory: layoutOf(qwen25Of72B, { gpus: 4, weights: "bfloat16", hbmBytes: h100Bytes }),
  },
];
