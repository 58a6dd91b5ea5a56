// How many tokens of KV a replica has room for: what is left of each GPU's memory when the weights, the room for
// activations and graphs, and the adapter slots are taken out. A layout that leaves no room for a context is refused.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { MemoryLayout } from "./profiles/memory-layout.ts";

export interface MemoryTerms {
  /** Of the GPU's memory that the engine may have. */
  readonly utilisation: number;
  /** Activations and graphs. */
  readonly reserveBytes: number;
  /** Of a key or value: 2, or 1 in FP8. */
  readonly kvElementBytes: 1 | 2;
  readonly adapterSlots: number;
  /** Of the largest adapter that a slot is made for; an engine that lays out slots pays it for each. */
  readonly adapterSlotBytes: number;
  readonly gpus: number;
}

/** As engines come: nine tenths of the memory, 3 GB of it for activations and graphs. */
export const usualTerms: MemoryTerms = {
  utilisation: 0.9,
  reserveBytes: 3e9,
  kvElementBytes: 2,
  adapterSlots: 0,
  adapterSlotBytes: 0,
  gpus: 1,
};

export type KvCapacity =
  | { readonly kind: "fits"; readonly kvTokens: number }
  | { readonly kind: "no-room"; readonly kvTokens: number; readonly why: string };

/** Under tensor parallelism one of an adapter's two matrices is whole on each GPU: 0.7 of it at two (0.5–0.7 is recalled, not measured). */
export const adapterPartPerGpu = (gpus: number): number => 0.4 + 0.6 / gpus;

export function kvCapacity(layout: MemoryLayout, terms: Partial<MemoryTerms> = {}): KvCapacity {
  const all = { ...usualTerms, ...terms };
  const slotBytes = all.adapterSlots * all.adapterSlotBytes * adapterPartPerGpu(all.gpus);
  const roomBytes =
    layout.hbmBytes * all.utilisation - layout.weightBytesPerGpu - all.reserveBytes - slotBytes;
  const tokenBytes = (layout.kvBytesPerTokenPerGpu * all.kvElementBytes) / 2;
  const kvTokens = Math.max(0, Math.floor(roomBytes / tokenBytes));
  if (kvTokens >= layout.contextTokens) return { kind: "fits", kvTokens };
  const room = `${gigabytes(roomBytes)} GB of ${gigabytes(layout.hbmBytes)} are left for KV on each GPU`;
  const why = `${room}: ${kvTokens} tokens, and one sequence may need ${layout.contextTokens}`;
  return { kind: "no-room", kvTokens, why };
}

interface WithMemory {
  readonly memory: MemoryLayout;
}

/** The most that a deployment could give it: all of the memory, and nothing set aside. */
export function mostKvBlocks({ memory }: WithMemory, kvBlockTokens: number): number {
  const roomBytes = memory.hbmBytes - memory.weightBytesPerGpu;
  return Math.floor(roomBytes / (kvBlockTokens * memory.kvBytesPerTokenPerGpu));
}

export const hasRoom = (
  profile: WithMemory,
  { kvBlocks, kvBlockTokens }: Pick<SimulatedEngineSpec, "kvBlocks" | "kvBlockTokens">,
): boolean => kvBlocks <= mostKvBlocks(profile, kvBlockTokens);

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
