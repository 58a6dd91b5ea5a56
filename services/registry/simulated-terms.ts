// What a fleet file may say of how a simulated engine behaves beyond its size, all of it optional. What brings faults is its
// host's to say, never the file's.

import type { SimulatedEngineTerms } from "#shared/model/simulated-engine.ts";
import { z } from "zod";

type Terms = Required<Omit<SimulatedEngineTerms, "faultText" | "adapterFaults">>;

/** A term forgotten here does not compile. */
export const simulatedTerms: {
  readonly [Name in keyof Terms]: z.ZodExactOptional<z.ZodType<Terms[Name]>>;
} = {
  hostMs: between(0, 1000),
  chunking: oneOf("total", "beside", "whole"),
  alignTokens: whole(65_536),
  adapterCost: oneOf("good", "typical", "bad"),
  adapterRanks: oneOf("sum", "max"),
  gpusPerHost: whole(64),
  preemption: oneOf("recompute", "swap"),
  hostKvBlocks: whole(10_000_000),
  prefixShare: between(0.01, 1),
};

function oneOf<const Word extends string>(
  ...words: readonly [Word, ...Word[]]
): z.ZodExactOptional<z.ZodType<Word>> {
  const word: z.ZodType<Word> = z.literal(words, { error: words.join(" or ") });
  return z.exactOptional(word);
}

function whole(most: number): z.ZodExactOptional<z.ZodType<number>> {
  const error = `a whole number from 1 to ${most}`;
  return z.exactOptional(z.number({ error }).int({ error }).min(1, { error }).max(most, { error }));
}

function between(least: number, most: number): z.ZodExactOptional<z.ZodType<number>> {
  const error = `a number from ${least} to ${most}`;
  return z.exactOptional(z.number({ error }).min(least, { error }).max(most, { error }));
}
