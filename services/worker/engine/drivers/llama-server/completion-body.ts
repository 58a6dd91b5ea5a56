// What a llama-server is asked: `POST /completion` with token ids. Law: nothing of its own defaults decides an output,
// and the scale of every adapter is always named.

import type { Sampling } from "#shared/model/sampling.ts";
import type { Token } from "#shared/model/tokenizer.ts";

export interface CompletionWish {
  readonly ids: readonly Token[];
  readonly slot: number;
  /** Index in the server's own list of the adapter that is on. Undefined: the base model. */
  readonly adapter: number | undefined;
  readonly adapterCount: number;
  /** What the slot holds may be reused: it is the same tenant's. The server itself knows no tenants. */
  readonly mayReuse: boolean;
  readonly outputTokensMax: number;
  readonly ignoreEos: boolean;
  readonly sampling: Sampling;
  /** Position of its first token in the whole output: each continuation draws other numbers from the same seed. */
  readonly outputIndex: number;
  readonly isStream: boolean;
}

/** Only these of the last event: it would repeat the whole prompt as text. A slash takes a field out of its object. */
export const finalFields = [
  "stop",
  "stop_type",
  "tokens",
  "tokens_predicted",
  "timings/cache_n",
] as const;

const seedMask = 0x7fffffff;

export function completionBody(wish: CompletionWish): string {
  const { ids, slot, adapter, adapterCount, mayReuse, outputTokensMax, isStream } = wish;
  return JSON.stringify({
    prompt: ids,
    // Beyond the number of slots it wraps around without a word: only ids that the probe has seen are named.
    id_slot: slot,
    stream: isStream,
    return_tokens: true,
    // Says how much of the prompt was found before the first token comes.
    return_progress: isStream,
    n_predict: outputTokensMax,
    // Without the full vector, zeros included, what another adapter left in the slot is reused for this one; and
    // without any, a server started with --lora-init-without-apply runs all adapters at once.
    lora: Array.from({ length: adapterCount }, (_, id) => ({ id, scale: id === adapter ? 1 : 0 })),
    // It has no salt: what is found in a slot must be this namespace's own.
    cache_prompt: mayReuse,
    ignore_eos: wish.ignoreEos,
    response_fields: finalFields,
    ...samplingFields(wish),
  });
}

function samplingFields({ sampling, ids, outputTokensMax, outputIndex }: CompletionWish): object {
  const { temperature = 1, topP = 1, presencePenalty = 0, frequencyPenalty = 0, seed } = sampling;
  return {
    // What is not listed is off, whatever the server was started with; in the order that OpenAI's terms imply.
    // The likeliest token is found without weighing all of a vocabulary, step after step.
    samplers: temperature === 0 ? ["penalties", "top_k"] : ["penalties", "temperature", "top_p"],
    top_k: 1,
    mirostat: 0,
    temperature,
    top_p: topP,
    repeat_penalty: 1,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    // Over everything, prompt included: so a continuation counts what the whole would have counted.
    repeat_last_n: ids.length + outputTokensMax,
    seed: seed === undefined ? -1 : (seed + outputIndex) & seedMask,
  };
}
