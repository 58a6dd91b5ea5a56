// What SGLang is asked for a sequence. Laws: its id is ours, of fixed width, so that the abort of one is never taken for
// another's; what keeps its prefix apart is one value of ours, in which namespace and digest are framed already: SGLang has
// put two values together without a seam (#24638); no default of the server's or of the model's decides an output.

import type { Wish } from "#services/worker/engine/drivers/batch-server/dialect.ts";

export const generateBody = (wish: Wish): string =>
  JSON.stringify({
    rid: wish.id,
    input_ids: wish.ids,
    stream: true,
    extra_key: wish.salt,
    ...(wish.adapter === "" ? {} : { lora_path: wish.adapter }),
    ...(wish.priority === undefined ? {} : { priority: wish.priority }),
    sampling_params: samplingFields(wish),
  });

function samplingFields({
  sampling,
  outputTokensMax,
  outputTokensMin,
  ignoreEos,
}: Wish): Readonly<Record<string, unknown>> {
  const { temperature = 1, topP = 1, presencePenalty = 0, frequencyPenalty = 0, seed } = sampling;
  return {
    max_new_tokens: outputTokensMax,
    min_new_tokens: outputTokensMin,
    ignore_eos: ignoreEos,
    n: 1,
    temperature,
    top_p: topP,
    top_k: -1,
    min_p: 0,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    repetition_penalty: 1,
    ...(seed === undefined ? {} : { sampling_seed: seed }),
  };
}
