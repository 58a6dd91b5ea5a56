// Prefill in order of arrival, as most engines do it: the earliest running prompt gets all the budget it can use, then
// waiting ones begin in order, and one that does not fit holds up all behind it.

import type { StepDraft } from "./step-draft.ts";
import { begin, leftToCompute, take } from "./step-draft.ts";

export function prefillInOrder(draft: StepDraft): void {
  const { running, waiting } = draft.replica;
  for (const sequence of running) {
    if (draft.budget === 0) return;
    if (sequence.isDecoding || sequence.isPaused) continue;
    take(draft, sequence, Math.min(draft.budget, leftToCompute(sequence)));
  }
  if (draft.preempted.length > 0) return;
  while (draft.budget > 0) {
    const sequence = waiting.find(({ isPaused }) => !isPaused);
    if (sequence === undefined || !begin(draft, sequence)) return;
    take(draft, sequence, Math.min(draft.budget, leftToCompute(sequence)));
  }
}
