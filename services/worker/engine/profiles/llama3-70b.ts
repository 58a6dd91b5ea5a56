// H100 SXM step tables of Llama-3.1-70B. Derived from NVIDIA's aiconfigurator kernel data (ai-dynamo/aiconfigurator@095f58a,
// Apache-2.0; vLLM 0.24.0 kernels on "NVIDIA H100 80GB HBM3"): GEMM and all-reduce knots, and attention terms fitted on
// attention kernels. Against summed kernels they err by 0.4–2.7 % on average. Time to first token is not validated.

import { knotTokens } from "./knot-tokens.ts";
import { h100Bytes, layoutOf, llama3Of70B } from "./memory-layout.ts";
import type { StepProfile } from "./step-profile.ts";

export const llama3Of70BProfiles: readonly StepProfile[] = [
  {
    name: "llama3_70b/tp2/fp8",
    gpu: "h100",
    gpus: 2,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      15.923, 16.237, 16.008, 16.646, 17.232, 18.835, 19.454, 28.053, 25.237, 23.856, 45.226,
      42.051, 41.34, 68.248, 60.166, 88.822, 80.244, 120.47, 156.051, 235.834, 308.535, 465.26,
      543.536, 843.47, 1154.446,
    ],
    decodeFixedMs: 0.942,
    decodePerSequenceUs: 3.67,
    decodePerContextTokenNs: 53.62,
    prefillFixedMs: 1.256,
    prefillPerPairNs: 2.013,
    alignTokens: 256,
    memory: layoutOf(llama3Of70B, { gpus: 2, weights: "fp8", hbmBytes: h100Bytes }),
  },
  {
    name: "llama3_70b/tp4/fp8",
    gpu: "h100",
    gpus: 4,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      10.101, 9.646, 9.951, 11.317, 11.534, 12.871, 13.792, 18.0, 17.92, 18.234, 29.118, 27.938,
      28.231, 42.736, 41.127, 57.347, 54.348, 79.679, 103.71, 153.819, 202.064, 299.824, 362.034,
      561.277, 767.718,
    ],
    decodeFixedMs: 0.962,
    decodePerSequenceUs: 1.11,
    decodePerContextTokenNs: 27.14,
    prefillFixedMs: 1.204,
    prefillPerPairNs: 0.9465,
    alignTokens: 256,
    memory: layoutOf(llama3Of70B, { gpus: 4, weights: "fp8", hbmBytes: h100Bytes }),
  },
  {
    name: "llama3_70b/tp8/fp8",
    gpu: "h100",
    gpus: 8,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      6.641, 7.351, 7.86, 8.081, 8.751, 9.957, 10.455, 13.148, 13.807, 14.634, 19.431, 20.619,
      22.097, 29.128, 30.77, 39.377, 39.652, 59.344, 75.801, 113.116, 144.215, 210.316, 258.769,
      386.846, 514.85,
    ],
    decodeFixedMs: 0.982,
    decodePerSequenceUs: 0.27,
    decodePerContextTokenNs: 13.64,
    prefillFixedMs: 1.226,
    prefillPerPairNs: 0.3549,
    alignTokens: 256,
    memory: layoutOf(llama3Of70B, { gpus: 8, weights: "fp8", hbmBytes: h100Bytes }),
  },
  {
    name: "llama3_70b/tp4/bfloat16",
    gpu: "h100",
    gpus: 4,
    hostMs: 1.0,
    knotTokens,
    knotMs: [
      13.781, 14.773, 15.011, 15.34, 16.095, 17.183, 18.004, 18.064, 20.075, 21.591, 22.181, 28.675,
      34.613, 36.037, 49.334, 50.798, 64.063, 93.428, 123.037, 191.802, 254.806, 396.135, 550.223,
      778.428, 997.587,
    ],
    decodeFixedMs: 0.962,
    decodePerSequenceUs: 1.11,
    decodePerContextTokenNs: 27.14,
    prefillFixedMs: 1.204,
    prefillPerPairNs: 0.9465,
    alignTokens: 1,
    memory: layoutOf(llama3Of70B, { gpus: 4, weights: "bfloat16", hbmBytes: h100Bytes }),
  },
];
