// What kind of work a sequence's share of a step was, by the step's cost model. Law: the parts are whole and add up to the share.
// What it had computed before and lost (it was preempted, or a worker died) is recomputation, whatever it is made of.

import type { RequestWork } from "#shared/model/gpu-lines.ts";
import type { EngineSequence } from "./engine-sequence.ts";

type Split = Pick<
  EngineSequence,
  | "isDecoding"
  | "computedTokens"
  | "recomputeUntilTokens"
  | "stepTokens"
  | "stepCostMs"
  | "stepAttentionMs"
  | "stepAdapterMs"
>;

/** Before `computedTokens` grows by the step. Answers with what of it was recomputation. */
export function addSplitWork(
  work: { -readonly [Kind in keyof RequestWork]: number },
  sequence: Split,
  gpuUs: number,
): number {
  const { stepCostMs, stepAttentionMs, stepAdapterMs } = sequence;
  const recomputeUs = Math.floor(gpuUs * recomputedRatio(sequence));
  const newUs = gpuUs - recomputeUs;
  const attentionUs = Math.floor((newUs * stepAttentionMs) / stepCostMs);
  const adapterUs = Math.floor((newUs * stepAdapterMs) / stepCostMs);
  work.recomputeUs += recomputeUs;
  work.attentionUs += attentionUs;
  work.adapterUs += adapterUs;
  work[sequence.isDecoding ? "decodeUs" : "prefillUs"] += newUs - attentionUs - adapterUs;
  return recomputeUs;
}

function recomputedRatio({ computedTokens, recomputeUntilTokens, stepTokens }: Split): number {
  const againTokens = Math.min(stepTokens, recomputeUntilTokens - computedTokens);
  return againTokens <= 0 || stepTokens === 0 ? 0 : againTokens / stepTokens;
}
