// One sequence of a burst engine: how far its prompt is computed, what it is to say, and what it has cost.

import type { Run } from "#shared/messages/to-engine.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Oracle } from "#shared/model/oracle.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

export interface BurstSequence {
  readonly key: string;
  readonly adapterDigest: AdapterDigest;
  readonly oracle: Oracle;
  /** Prompt and forced prefix: to be computed before the next token. */
  readonly promptTokens: number;
  readonly outputTarget: number;
  readonly finishReason: "stop" | "length";
  readonly blockTokens: number;
  /** With all of its output. */
  readonly blocksMax: number;
  readonly forcedTokens: number;
  outputIndex: number;
  computedPromptTokens: number;
  hasBegun: boolean;
  isPaused: boolean;
  isStopping: boolean;
  /** Of the running burst: prompt tokens computed and output tokens made. */
  burstPrompt: number;
  burstOutput: number;
  prefillUs: number;
  decodeUs: number;
  gpuUs: number;
  blockUs: number;
}

export function startSequence(run: Run, blockTokens: number): BurstSequence {
  const { outputTokens, finishReason } = oracleLength(run.promptDigest, run);
  const forcedTokens = run.forcedPrefix.length;
  return {
    key: run.sequence,
    adapterDigest: run.adapterDigest,
    oracle: oracleFor(run),
    promptTokens: run.promptTokens + forcedTokens,
    outputTarget: outputTokens,
    finishReason,
    blockTokens,
    blocksMax: blocksFor(run.promptTokens + run.outputTokensMax, blockTokens),
    forcedTokens,
    outputIndex: forcedTokens,
    computedPromptTokens: 0,
    hasBegun: false,
    isPaused: false,
    isStopping: false,
    burstPrompt: 0,
    burstOutput: 0,
    prefillUs: 0,
    decodeUs: 0,
    gpuUs: 0,
    blockUs: 0,
  };
}

/** From its first step on the whole prompt's, then a block for every so many tokens. */
export const heldBlocks = (sequence: BurstSequence): number =>
  sequence.hasBegun
    ? blocksFor(
        sequence.promptTokens + sequence.outputIndex - sequence.forcedTokens,
        sequence.blockTokens,
      )
    : 0;

/** The burst is over: its tokens, and its cost. */
export function takeTokens(
  sequence: BurstSequence,
  { durationUs, gpuUs }: { readonly durationUs: number; readonly gpuUs: number },
): readonly Token[] {
  const { burstPrompt, burstOutput, oracle, outputIndex } = sequence;
  if (burstPrompt > 0) sequence.prefillUs += durationUs;
  else sequence.decodeUs += durationUs;
  sequence.gpuUs += gpuUs;
  sequence.blockUs += heldBlocks(sequence) * durationUs;
  sequence.computedPromptTokens += burstPrompt;
  sequence.outputIndex += burstOutput;
  const tokens: Token[] = [];
  for (let index = outputIndex; index < outputIndex + burstOutput; index++) {
    tokens.push(oracleToken(oracle, index));
  }
  return tokens;
}

export const totalsOf = (sequence: BurstSequence): ExecutedTotals => ({
  prefillTokens: sequence.computedPromptTokens,
  cachedTokens: 0,
  outputTokens: sequence.outputIndex - sequence.forcedTokens,
  kvBlockMs: Math.floor(sequence.blockUs / 1000),
  gpuUs: sequence.gpuUs,
  prefillMs: Math.floor(sequence.prefillUs / 1000),
  decodeMs: Math.floor(sequence.decodeUs / 1000),
  preemptions: 0,
});
