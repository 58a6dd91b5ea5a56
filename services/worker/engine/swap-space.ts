// KV of preempted sequences in host memory: moved there when its blocks are taken, and back when it has blocks again. What
// finds no room there is computed again. The bus stands in the steps' way: a step begins when what moved has moved.

import { assert } from "#shared/actor/assert.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { swapMs } from "./preemption-price.ts";
import type { StepProfile } from "./profiles/step-profile.ts";

export interface SwapSpace {
  readonly totalBlocks: number;
  usedBlocks: number;
  /** Moved since the last step began. */
  movedTokens: number;
}

/** What vLLM sets aside unless told otherwise. */
const bytesPerGpu = 4 * 2 ** 30;

export function createSwapSpace(profile: StepProfile, spec: SimulatedEngineSpec): SwapSpace {
  const blockBytes = profile.memory.kvBytesPerTokenPerGpu * spec.kvBlockTokens;
  const totalBlocks =
    spec.preemption === "swap" ? (spec.hostKvBlocks ?? Math.floor(bytesPerGpu / blockBytes)) : 0;
  return { totalBlocks, usedBlocks: 0, movedTokens: 0 };
}

/** What it has computed goes to host memory, all of it or nothing. */
export function swapOut(space: SwapSpace, sequence: EngineSequence, blockTokens: number): void {
  const { computedTokens } = sequence;
  const blocks = blocksFor(computedTokens, blockTokens);
  if (space.usedBlocks + blocks > space.totalBlocks) return;
  sequence.swappedTokens = computedTokens;
  space.usedBlocks += blocks;
  space.movedTokens += computedTokens;
}

/** It has its blocks again. What was found in the cache need not be moved. Tokens that need not be computed again. */
export function swapIn(
  space: SwapSpace,
  sequence: EngineSequence,
  { cachedTokens, blockTokens }: { readonly cachedTokens: number; readonly blockTokens: number },
): number {
  const { swappedTokens } = sequence;
  space.movedTokens += Math.max(0, swappedTokens - cachedTokens);
  dropSwapped(space, sequence, blockTokens);
  return Math.max(cachedTokens, swappedTokens);
}

/** Its place in host memory is free. */
export function dropSwapped(space: SwapSpace, sequence: EngineSequence, blockTokens: number): void {
  space.usedBlocks -= blocksFor(sequence.swappedTokens, blockTokens);
  assert(space.usedBlocks >= 0, "swapped blocks are freed once");
  sequence.swappedTokens = 0;
}

/** How long the next step waits for what moved. */
export function takeMoves(
  space: SwapSpace,
  profile: StepProfile,
  { gpusPerHost }: Pick<SimulatedEngineSpec, "gpusPerHost">,
): number {
  const ms = swapMs(profile, space.movedTokens, gpusPerHost);
  space.movedTokens = 0;
  return ms;
}
