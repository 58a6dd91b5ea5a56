// What a step computes and moves, from the model's shape: every weight is read once a step, whoever is in it; KV is read by
// those that attend to it and written for what is computed. What kernels read again, activations and the bus between GPUs
// are not in it, so bytes are what must move, not what does.

import type { PeakRates } from "#shared/messages/gpu-reading.ts";
import { flopsOf, modelFlops } from "#services/worker/gpu/model-flops.ts";
import type { ModelFlops } from "#services/worker/gpu/model-flops.ts";
import { peakRates } from "#services/worker/gpu/peak-rates.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import type { StepProfile } from "./profiles/step-profile.ts";
import type { StepLoad } from "./step-time.ts";

/** Of all GPUs of a replica together. */
export interface ReplicaWork {
  readonly flops: ModelFlops;
  /** Of the weights, but for the embedding, whose rows are looked up. */
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  readonly peak: PeakRates;
}

const wideBytes = 2;

/** `timeScale`: a GPU that is so many times as slow has as much less to give, and is used as much. */
export function replicaWork(
  { gpu, gpus, memory: { shape, weights, ...memory } }: StepProfile,
  timeScale: number,
): ReplicaWork {
  const { flopsPerS, bytesPerS } = peakRates(gpu, weights === "fp8" ? "fp8" : "bfloat16", gpus);
  return {
    flops: modelFlops(shape),
    weightBytes: memory.weightBytesPerGpu * gpus - (shape.wideParameters / 2) * wideBytes,
    kvBytesPerToken: memory.kvBytesPerTokenPerGpu * gpus,
    peak: {
      ...(bytesPerS === undefined ? {} : { bytesPerS: bytesPerS / timeScale }),
      ...(flopsPerS === undefined ? {} : { flopsPerS: flopsPerS / timeScale }),
    },
  };
}

export interface StepWork {
  readonly flops: number;
  readonly bytes: number;
}

/** Each sequence's own part is written to it. Weights and adapters are read for all, by step cost; adapters computed for who uses one, by tokens. */
export function workOfStep(
  work: ReplicaWork,
  batch: readonly EngineSequence[],
  { adapterBytes, adapterFlops }: StepLoad,
): StepWork {
  let costMs = 0;
  let adapterTokens = 0;
  for (const { stepCostMs, adapterDigest, stepTokens } of batch) {
    costMs += stepCostMs;
    if (adapterDigest !== "") adapterTokens += stepTokens;
  }
  const bytesPerMs = (work.weightBytes + adapterBytes) / costMs;
  const adapterFlopsPerToken = adapterFlops / Math.max(1, adapterTokens);
  let flops = 0;
  let bytes = 0;
  for (const sequence of batch) {
    const { knownTokens, computedTokens, stepTokens: tokens } = sequence;
    const outputs = computedTokens + tokens >= knownTokens ? 1 : 0;
    const pairs = sequence.isDecoding ? knownTokens : tokens * (computedTokens + tokens / 2);
    const ofAdapter = sequence.adapterDigest === "" ? 0 : adapterFlopsPerToken * tokens;
    sequence.stepFlops = flopsOf(work.flops, { tokens, outputs, pairs }) + ofAdapter;
    // What it attends to is read, what it computes is written.
    const kvTokens = computedTokens + 2 * tokens;
    sequence.stepBytes = work.kvBytesPerToken * kvTokens + bytesPerMs * sequence.stepCostMs;
    flops += sequence.stepFlops;
    bytes += sequence.stepBytes;
  }
  return { flops, bytes };
}
