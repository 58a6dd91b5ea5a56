// What a finished step yields: a token for every sequence whose known text is now computed, its cost, and the ends.
// Blocks that filled up can be found by their namespace from here on.

import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { publishBlocks } from "./block-table.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { chargeBlocks, isComplete, produceToken, totalsOf } from "./engine-sequence.ts";
import { chargeStep } from "./gpu-time.ts";
import type { Replica, RunningStep } from "./replica.ts";
import { removeSequence } from "./replica.ts";

const nothingYet: readonly Token[] = [];

export function finishStep(replica: Replica, step: RunningStep): StepOutput[] {
  chargeStep(replica.gpuTime, step, step.batch);
  replica.step = undefined;
  replica.lastEndUs = step.endUs;
  replica.lastDurationUs = step.durationUs;
  return step.batch.map((sequence) => advance(replica, sequence, step));
}

function advance(replica: Replica, sequence: EngineSequence, step: RunningStep): StepOutput {
  const { cost, stepTokens } = sequence;
  if (sequence.isDecoding) {
    cost.decodeUs += step.durationUs;
  } else {
    cost.prefillUs += step.durationUs;
    cost.prefillTokens += stepTokens;
  }
  sequence.computedTokens += stepTokens;
  sequence.stepTokens = 0;
  chargeBlocks(sequence, step.endUs);
  publishBlocks(replica.pool, sequence.table, sequence);
  if (sequence.computedTokens < sequence.knownTokens) return outputOf(sequence, nothingYet);
  sequence.isDecoding = true;
  const tokens = [produceToken(sequence)];
  if (!isComplete(sequence)) return outputOf(sequence, tokens);
  removeSequence(replica, sequence, step.endUs);
  return { ...outputOf(sequence, tokens), end: sequence.finishReason };
}

const outputOf = (sequence: EngineSequence, tokens: readonly Token[]): StepOutput => ({
  sequence: sequence.key,
  tokens,
  blocks: sequence.table.blocks.length,
  totals: totalsOf(sequence),
});
