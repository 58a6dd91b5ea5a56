// What one replica of a model costs per step: tables, each valid for its GPU, model, tensor-parallel degree and
// precision alone. The H100 SXM ones are derived from NVIDIA's aiconfigurator kernel data (ai-dynamo/aiconfigurator@095f58a, Apache-2.0;
// vLLM 0.24.0 kernels on "NVIDIA H100 80GB HBM3"): GEMM and all-reduce knots, and attention terms fitted on attention
// kernels. Against summed kernels they err by 0.4–2.7 % on average. Time to first token is not validated.

export interface StepProfile {
  /** `model/tpN/dtype`: what a fleet's `profile` names. */
  readonly name: string;
  /** Which GPU the times were measured on. */
  readonly gpu: "h100" | "a10g";
  /** GPUs of the replica, running in lock step. */
  readonly gpus: number;
  /** Scheduling and launch outside the kernels, per step: the only fitted value. */
  readonly hostMs: number;
  /** Batch tokens of the knots, ascending, with pairs around the tile edges. */
  readonly knotTokens: readonly number[];
  /** GEMM, all-reduce and element-wise time at those counts. Not monotonic, on purpose. */
  readonly knotMs: readonly number[];
  readonly decodeFixedMs: number;
  readonly decodePerSequenceUs: number;
  readonly decodePerContextTokenNs: number;
  readonly prefillFixedMs: number;
  /** Per query–key pair. */
  readonly prefillPerPairNs: number;
  /** The step's total token budget is a multiple of this: one token past a tile costs FP8 half a step more. */
  readonly alignTokens: number;
  /** KV room at 0.90 of 85.5 GB less weights and 3 GB: what a deployment gets unless it says otherwise. */
  readonly kvTokens: number;
  /** Keys and values of a token on each GPU of the replica. */
  readonly kvBytesPerTokenPerGpu: number;
}

const knotTokens: readonly number[] = [
  1, 8, 16, 32, 64, 96, 128, 129, 192, 256, 257, 384, 512, 513, 768, 769, 1024, 1536, 2048, 3072,
  4096, 6144, 8192, 12288, 16384,
];

const profiles: readonly StepProfile[] = [
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
    kvTokens: 444_000,
    kvBytesPerTokenPerGpu: 131_072,
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
    kvTokens: 503_000,
    kvBytesPerTokenPerGpu: 131_072,
  },
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
    kvTokens: 230_000,
    kvBytesPerTokenPerGpu: 163_840,
  },
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
    kvTokens: 224_000,
    kvBytesPerTokenPerGpu: 163_840,
  },
  // Fitted on the step times of Llama-2-7B on an A10G that the VTC artefact publishes (Ying1123/VTC-artifact,
  // Apache-2.0): a prefill step 53.2 ms + 0.2089 ms a token, a decode step 18.2 ms + 0.215 ms a sequence + 1.89 µs a
  // context token. Here the weights are read once per step whatever is in it: G(N) = 18.2 + 0.2089 N, and what is left
  // of a prefill step's constant (35.0 ms) and of a decoding sequence's part (0.0061 ms) goes to the two attention terms.
  {
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
    kvTokens: 10_000,
    kvBytesPerTokenPerGpu: 524_288,
  },
];

/** Names a fleet may use. */
export const profileNames: readonly string[] = profiles.map((profile) => profile.name);

export function profileNamed(name: string): StepProfile {
  const found = profiles.find((profile) => profile.name === name);
  if (found === undefined) throw new Error(`no step profile is called ${name}`);
  return found;
}
