// What vLLM is asked for a sequence. Laws: the salt is always ours; nothing of a client's goes along but what is named
// here; no default of the server's or of the model's decides an output.

import type { Wish } from "#services/worker/engine/drivers/batch-server/dialect.ts";

/** Usage on every event: a cross-check of our own count, and all there is when a stream breaks. */
const streamed = {
  stream: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
} as const;

export const tokensBody = (wish: Wish, model: string): string =>
  JSON.stringify({
    request_id: wish.id,
    model,
    token_ids: wish.ids,
    sampling_params: { ...samplingFields(wish), detokenize: false },
    ...ours(wish),
    ...streamed,
  });

export const completionBody = (wish: Wish, model: string): string =>
  JSON.stringify({
    request_id: wish.id,
    model,
    prompt: wish.ids,
    // The prompt is ids already.
    add_special_tokens: false,
    return_token_ids: true,
    ...samplingFields(wish),
    ...ours(wish),
    ...streamed,
  });

const ours = ({ salt, priority }: Wish) => ({
  cache_salt: salt,
  ...(priority === undefined ? {} : { priority }),
});

function samplingFields({
  sampling,
  outputTokensMax,
  outputTokensMin,
  ignoreEos,
}: Wish): Readonly<Record<string, unknown>> {
  const { temperature = 1, topP = 1, presencePenalty = 0, frequencyPenalty = 0, seed } = sampling;
  return {
    max_tokens: outputTokensMax,
    min_tokens: outputTokensMin,
    ignore_eos: ignoreEos,
    n: 1,
    temperature,
    top_p: topP,
    top_k: 0,
    min_p: 0,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    repetition_penalty: 1,
    ...(seed === undefined ? {} : { seed }),
  };
}
