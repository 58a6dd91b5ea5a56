// Prefill in order of arrival, as most engines do it: the earliest running prompt gets all the budget it can use, then
// waiting ones begin in order, and one that does not fit holds up all behind it. Uncut prompts go one behind the other into
// a step while they fit whole; a longer one than a step has room for goes alone.

import type { EngineSequence } from "./engine-sequence.ts";
import type { StepDraft } from "./step-draft.ts";
import { begin, leftToCompute, take } from "./step-draft.ts";

export function prefillInOrder(draft: StepDraft): void {
  const { running, waiting, spec } = draft.replica;
  const isWhole = spec.chunking === "whole";
  for (const sequence of running) {
    if (draft.budget <= 0) return;
    if (!sequence.isDecoding && !sequence.isPaused) takePart(draft, sequence, isWhole);
  }
  if (draft.preempted.length > 0) return;
  for (let isFirst = true; draft.budget > 0; isFirst = false) {
    const sequence = waiting.find(({ isPaused }) => !isPaused);
    if (sequence === undefined) return;
    if (isWhole && !isFirst && sequence.knownTokens > draft.budget) return;
    if (!begin(draft, sequence)) return;
    takePart(draft, sequence, isWhole);
  }
}

function takePart(draft: StepDraft, sequence: EngineSequence, isWhole: boolean): void {
  const left = leftToCompute(sequence);
  take(draft, sequence, isWhole ? left : Math.min(draft.budget, left));
}
