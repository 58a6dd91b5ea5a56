// How a sequence's next token is to be chosen. Its numbers are drawn from seed and position alone, so that an output goes on
// elsewhere as if it had never moved: a sampler that remembers would begin anew there.

import type { DriverSequence } from "#services/worker/engine/drivers/driver-sequence.ts";
import { fmix32 } from "#shared/model/hash-32.ts";
import type { NextToken } from "./stepper-words.ts";

/** `seed`: drawn for it when it began, for one that names none. */
export function sampledNext(
  { run, ids, outputIndex }: Pick<DriverSequence, "run" | "ids" | "outputIndex">,
  seed: number,
): NextToken {
  const { temperature = 1, topP = 1, presencePenalty = 0, frequencyPenalty = 0 } = run.sampling;
  const punishes = presencePenalty !== 0 || frequencyPenalty !== 0;
  return {
    temperature,
    topP,
    seed: fmix32((run.sampling.seed ?? seed) ^ fmix32(outputIndex + 1)),
    presencePenalty,
    frequencyPenalty,
    output: punishes ? ids.slice(run.promptTokens) : [],
    mustGoOn: run.ignoreEos || outputIndex < run.outputTokensMin,
  };
}
