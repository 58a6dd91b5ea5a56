// One sequence inside the engine: what is known of its text, how much of that has its KV computed, and what it
// has cost. Law: `computedTokens` < `knownTokens` while it lives; the next token follows when they would meet.

import type { BlockChain } from "./block-hash.ts";
import { appendPrompt, appendToken, startChain } from "./block-hash.ts";
import type { BlockTable } from "./block-table.ts";
import { emptyTable } from "./block-table.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Oracle } from "#shared/model/oracle.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { PlannedFault } from "./planned-fault.ts";
import type { TenantShare } from "./tenant-share.ts";

/** Cost so far, in integers. */
interface SequenceCost {
  prefillTokens: number;
  cachedTokens: number;
  outputTokens: number;
  blockUs: number;
  gpuUs: number;
  prefillUs: number;
  decodeUs: number;
  preemptions: number;
}

export interface EngineSequence {
  readonly key: string;
  /** Grows with each arrival: the earliest resumes first. */
  readonly order: number;
  readonly share: TenantShare;
  /** Lower goes first; the highest number is preempted first. */
  readonly band: number;
  readonly adapterDigest: AdapterDigest;
  readonly promptTokens: number;
  readonly oracle: Oracle;
  readonly outputTarget: number;
  readonly finishReason: "stop" | "length";
  readonly fault: PlannedFault | undefined;
  /** A step in which its prompt is computed lasts so many times as long. */
  readonly prefillFactor: number;
  readonly chain: BlockChain;
  readonly table: BlockTable;
  readonly cost: SequenceCost;
  /** Index of its next output token, forced ones counted. */
  outputIndex: number;
  /** Prompt, forced prefix and output. */
  knownTokens: number;
  /** Of those, in KV. */
  computedTokens: number;
  /** Whatever it computes of what it knows up to here was computed before, and lost. */
  recomputeUntilTokens: number;
  /** Of those that were, in host memory: it was preempted. */
  swappedTokens: number;
  hasRun: boolean;
  isDecoding: boolean;
  isPaused: boolean;
  isStopping: boolean;
  /** Since when its held blocks are not yet in `cost.blockUs`. */
  heldSinceUs: number;
  /** Its part in the running step; 0: none. */
  stepTokens: number;
  stepCostMs: number;
  /** Of that cost: attention, and its adapter. */
  stepAttentionMs: number;
  stepAdapterMs: number;
  stepFlops: number;
  stepBytes: number;
}

export function createSequence(
  run: Run,
  {
    order,
    blockTokens,
    share,
    fault,
    prefillFactor = 1,
  }: {
    readonly order: number;
    readonly blockTokens: number;
    readonly share: TenantShare;
    readonly fault: PlannedFault | undefined;
    readonly prefillFactor?: number;
  },
): EngineSequence {
  const chain = startChain(run.namespace, blockTokens);
  appendPrompt(chain, run.promptBytes);
  for (const token of run.forcedPrefix) appendToken(chain, token);
  const { outputTokens, finishReason } = oracleLength(run.promptDigest, run);
  return {
    key: run.sequence,
    order,
    share,
    band: share.band,
    adapterDigest: run.adapterDigest,
    promptTokens: run.promptTokens,
    oracle: oracleFor(run),
    outputTarget: outputTokens,
    finishReason,
    fault,
    prefillFactor,
    chain,
    table: emptyTable(run.tenant, run.namespace),
    cost: {
      prefillTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      blockUs: 0,
      gpuUs: 0,
      prefillUs: 0,
      decodeUs: 0,
      preemptions: 0,
    },
    outputIndex: run.forcedPrefix.length,
    knownTokens: run.promptTokens + run.forcedPrefix.length,
    computedTokens: 0,
    // An attempt that goes on from tokens of another computes all again that the other had.
    recomputeUntilTokens:
      run.forcedPrefix.length === 0 ? 0 : run.promptTokens + run.forcedPrefix.length,
    swappedTokens: 0,
    hasRun: false,
    isDecoding: false,
    isPaused: false,
    isStopping: false,
    heldSinceUs: 0,
    stepTokens: 0,
    stepCostMs: 0,
    stepAttentionMs: 0,
    stepAdapterMs: 0,
    stepFlops: 0,
    stepBytes: 0,
  };
}

/** The forced prefix was already the whole output. */
export const isComplete = (sequence: EngineSequence): boolean =>
  sequence.outputIndex >= sequence.outputTarget;

/** Everything known is computed, so the next token is. */
export function produceToken(sequence: EngineSequence): Token {
  const token = oracleToken(sequence.oracle, sequence.outputIndex);
  sequence.outputIndex++;
  sequence.knownTokens++;
  sequence.cost.outputTokens++;
  appendToken(sequence.chain, token);
  return token;
}

/** Add the blocks held since the last time, before their number changes. */
export function chargeBlocks(sequence: EngineSequence, nowUs: number): void {
  sequence.cost.blockUs += sequence.table.blocks.length * (nowUs - sequence.heldSinceUs);
  sequence.heldSinceUs = nowUs;
}

export function totalsOf({ cost }: EngineSequence): ExecutedTotals {
  return {
    prefillTokens: cost.prefillTokens,
    cachedTokens: cost.cachedTokens,
    outputTokens: cost.outputTokens,
    kvBlockMs: Math.floor(cost.blockUs / 1000),
    gpuUs: cost.gpuUs,
    prefillMs: Math.floor(cost.prefillUs / 1000),
    decodeMs: Math.floor(cost.decodeUs / 1000),
    preemptions: cost.preemptions,
  };
}

/** A sequence's key is `attemptKey`. */
export function subjectOf(key: string): { readonly requestId: string; readonly attempt: number } {
  const dot = key.lastIndexOf(".");
  return { requestId: key.slice(0, dot), attempt: Number(key.slice(dot + 1)) };
}
