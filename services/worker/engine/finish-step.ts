// What a finished step yields: a token for every sequence whose known text is now computed, its cost, and the ends.
// Blocks that filled up can be found by their namespace from here on.

import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { publishBlocks, withdrawBlocks } from "./block-table.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { chargeBlocks, isComplete, produceToken, totalsOf } from "./engine-sequence.ts";
import { chargeStep } from "./gpu-time.ts";
import { brings } from "./planned-fault.ts";
import type { Replica, RunningStep } from "./replica.ts";
import { removeSequence } from "./replica.ts";

const nothingYet: readonly Token[] = [];

export interface FinishedStep {
  readonly outputs: readonly StepOutput[];
  /** Their logits were no numbers: they have no token, and nothing of theirs is to be found again. */
  readonly failed: readonly EngineSequence[];
}

export function finishStep(replica: Replica, step: RunningStep): FinishedStep {
  chargeStep(replica.gpuTime, step, step.batch);
  replica.step = undefined;
  replica.lastEndUs = step.endUs;
  replica.lastDurationUs = step.durationUs;
  const outputs: StepOutput[] = [];
  const failed: EngineSequence[] = [];
  for (const sequence of step.batch) {
    const hasFailed = brings(sequence, ["nan"]);
    charge(sequence, step);
    if (hasFailed) failed.push(withdraw(replica, sequence, step));
    else outputs.push(advance(replica, sequence, step));
  }
  return { outputs, failed };
}

function charge({ cost, stepTokens, isDecoding }: EngineSequence, step: RunningStep): void {
  if (isDecoding) {
    cost.decodeUs += step.durationUs;
  } else {
    cost.prefillUs += step.durationUs;
    cost.prefillTokens += stepTokens;
  }
}

function withdraw(replica: Replica, sequence: EngineSequence, step: RunningStep): EngineSequence {
  withdrawBlocks(replica.pool, sequence.table);
  removeSequence(replica, sequence, step.endUs);
  return sequence;
}

function advance(replica: Replica, sequence: EngineSequence, step: RunningStep): StepOutput {
  const { stepTokens } = sequence;
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
