// A step in the making: who is in it with how many tokens, and who lost or got memory for it. Law: tokens never exceed
// the budget, and a sequence that begins has the blocks of all it knows, so a prefill once begun never lacks any.

import { fillTable } from "./block-table.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import type { Replica } from "./replica.ts";
import { insertPreempted, releaseSequence } from "./replica.ts";
import { swapIn, swapOut } from "./swap-space.ts";
import { chargeOutput } from "./tenant-share.ts";

export interface StepDraft {
  readonly replica: Replica;
  readonly startUs: number;
  readonly batch: EngineSequence[];
  readonly preempted: EngineSequence[];
  readonly resumed: EngineSequence[];
  /** Tokens that may still be taken. */
  budget: number;
}

/** More tokens of a sequence in this step. */
export function take(draft: StepDraft, sequence: EngineSequence, tokens: number): void {
  if (sequence.stepTokens === 0) draft.batch.push(sequence);
  sequence.stepTokens += tokens;
  draft.budget -= tokens;
}

export const decodes = ({ isDecoding, isPaused }: EngineSequence): boolean =>
  isDecoding && !isPaused;

/** Its next token. */
export function decode(draft: StepDraft, sequence: EngineSequence): void {
  take(draft, sequence, 1);
  chargeOutput(sequence.share);
}

/** What is left to compute of what it knows, this step's part not counted. */
export const leftToCompute = ({
  knownTokens,
  computedTokens,
  stepTokens,
}: EngineSequence): number => knownTokens - computedTokens - stepTokens;

/** False: its blocks are not there. While others run, a hundredth of the memory stays spare for their growth. */
export function begin(draft: StepDraft, sequence: EngineSequence): boolean {
  const { replica, startUs, resumed } = draft;
  const { running, waiting, pool, spec, swap } = replica;
  const filled = fillTable(pool, sequence.table, {
    chain: sequence.chain,
    tokens: sequence.knownTokens,
    spareBlocks: running.length === 0 ? 0 : Math.ceil(spec.kvBlocks / 100),
  });
  if (filled === undefined) return false;
  waiting.splice(waiting.indexOf(sequence), 1);
  const { cachedTokens } = filled;
  const blockTokens = spec.kvBlockTokens;
  sequence.computedTokens = swapIn(swap, sequence, { cachedTokens, blockTokens });
  sequence.heldSinceUs = startUs;
  if (sequence.hasRun) resumed.push(sequence);
  else sequence.cost.cachedTokens = Math.min(cachedTokens, sequence.promptTokens);
  sequence.hasRun = true;
  const later = running.findIndex((other) => other.order > sequence.order);
  running.splice(later < 0 ? running.length : later, 0, sequence);
  return true;
}

/** Its blocks go back; it waits for others, and to be recomputed if what it had found no room in host memory. */
export function preempt({ replica, startUs, preempted }: StepDraft, victim: EngineSequence): void {
  replica.running.splice(replica.running.indexOf(victim), 1);
  swapOut(replica.swap, victim, replica.spec.kvBlockTokens);
  releaseSequence(replica, victim, startUs);
  victim.recomputeUntilTokens = Math.max(victim.recomputeUntilTokens, victim.computedTokens);
  victim.computedTokens = 0;
  victim.isDecoding = false;
  victim.cost.preemptions++;
  insertPreempted(replica, victim);
  preempted.push(victim);
}
