// The ways of putting prompts into steps that are compared, each as settings of one and the same engine.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";

export interface ChunkVariant {
  readonly name: string;
  /** Tokens of a step: in all, or beside the decodes, or of uncut prompts together. */
  readonly stepTokens: number;
  readonly terms: Partial<SimulatedEngineSpec>;
}

const fifo = { batching: "fifo" } as const;

const variant = (
  name: string,
  stepTokens: number,
  terms: Partial<SimulatedEngineSpec>,
): ChunkVariant => ({ name, stepTokens, terms });

export const variants: readonly ChunkVariant[] = [
  ...[2048, 8192].map((tokens) => variant("unchunked", tokens, { ...fifo, chunking: "whole" })),
  variant("fixed-512", 512, { ...fifo, chunking: "beside" }),
  ...[513, 640, 769, 1025].map((tokens) =>
    variant("misaligned", tokens, { ...fifo, alignTokens: 1 }),
  ),
  ...[256, 512, 768, 1024, 1280].map((tokens) => variant("aligned", tokens, fifo)),
  // Ours: as above, and a prompt's tail that would just begin another tile waits for the next step.
  ...[256, 512, 768, 1024, 1280].map((tokens) => variant("aligned-fair", tokens, {})),
];

export const variantNames: readonly string[] = [...new Set(variants.map(({ name }) => name))];
