// The events of a stream as vLLM sends them: vllm/entrypoints/openai/completion/serving.py and
// vllm/entrypoints/serve/disagg/serving.py.

import type { DoubledOutput } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import { event } from "#services/worker/engine/drivers/doubles/double-http.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";
import type { DoubledVllmCall } from "./vllm-double-call.ts";

interface Chunk {
  readonly model: string;
  readonly tokens: readonly number[];
  readonly output: DoubledOutput;
  readonly isFirst: boolean;
}

export function chunkOf(call: DoubledVllmCall, { model, tokens, output, isFirst }: Chunk): string {
  const usage = call.includesContinuousUsage ? { usage: usageOf(call, output) } : {};
  const finish = { finish_reason: output.end ?? null };
  if (call.api === "tokens") {
    const choice = { index: 0, logprobs: null, ...finish, token_ids: tokens };
    return event({ request_id: "generate-tokens-double", choices: [choice], ...usage });
  }
  const ids = call.returnsIds ? { token_ids: tokens } : {};
  const promptIds = call.returnsIds && isFirst ? { prompt_token_ids: call.ids } : {};
  const text = detokenize(
    startDetokenizer(quadVocabulary),
    tokens.filter((id) => id > 2),
  );
  const choice = {
    index: 0,
    text,
    logprobs: null,
    ...finish,
    stop_reason: null,
    ...ids,
    ...promptIds,
  };
  return event({ ...envelope(model), choices: [choice], ...usage });
}

/** Nothing when it was not asked for. The details need `--enable-prompt-tokens-details`, and are left out at zero. */
export function usageEvent(call: DoubledVllmCall, model: string, output: DoubledOutput): string {
  if (!call.includesUsage) return "";
  const { cachedTokens } = output;
  const details =
    cachedTokens === 0 ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } };
  const usage = { ...usageOf(call, output), ...details };
  const head = call.api === "tokens" ? { request_id: "generate-tokens-double" } : envelope(model);
  return event({ ...head, choices: [], usage });
}

/** In the middle of a stream the status is out already. */
export const failureEvent = (message: string): string =>
  event({ error: { message, type: "InternalServerError", param: null, code: 500 } });

const envelope = (model: string) => ({
  id: "cmpl-double",
  object: "text_completion",
  created: 0,
  model,
});

const usageOf = ({ ids }: DoubledVllmCall, { outputTokens }: DoubledOutput) => ({
  prompt_tokens: ids.length,
  completion_tokens: outputTokens,
  total_tokens: ids.length + outputTokens,
});
