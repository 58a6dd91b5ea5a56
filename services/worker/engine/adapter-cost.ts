// What adapters cost a step. No H100 figure is published: the three profiles are what other stacks measured, and are
// assumptions here.

import type { AdapterDigest } from "#shared/model/ids.ts";
import type { AdapterCost } from "#shared/model/simulated-engine.ts";
import type { EngineSequence } from "./engine-sequence.ts";

/**
 * Of the throughput, when any adapter is active. Good: tuned fused kernels and equal ranks (vllm#11613, −4 %; S-LoRA's paper,
 * −5.5 %). Typical: between. Bad: old kernels, mixed ranks (vllm#11267, −34 % with one adapter or four).
 */
export const throughputKept: Readonly<Record<AdapterCost, number>> = {
  good: 0.95,
  typical: 0.85,
  bad: 0.66,
};

/** Bytes read, and bytes × tokens, which is FLOPs: two of each per weight. */
export interface AdapterLoad {
  readonly adapterBytes: number;
  readonly adapterFlops: number;
}

/** `max`: kernels that pad to the largest rank in the step; `sum`: those that take each adapter for what it is. */
export function adapterLoad(
  batch: readonly Pick<EngineSequence, "adapterDigest" | "stepTokens">[],
  residents: ReadonlyMap<AdapterDigest, number>,
  ranks: "sum" | "max" = "sum",
): AdapterLoad {
  const distinct = new Map<AdapterDigest, number>();
  let largest = 0;
  let tokens = 0;
  let adapterFlops = 0;
  for (const { adapterDigest, stepTokens } of batch) {
    if (adapterDigest === "") continue;
    const bytes = residents.get(adapterDigest) ?? 0;
    distinct.set(adapterDigest, bytes);
    largest = Math.max(largest, bytes);
    tokens += stepTokens;
    adapterFlops += bytes * stepTokens;
  }
  if (ranks === "max") {
    return { adapterBytes: largest * distinct.size, adapterFlops: largest * tokens };
  }
  let adapterBytes = 0;
  for (const bytes of distinct.values()) adapterBytes += bytes;
  return { adapterBytes, adapterFlops };
}
