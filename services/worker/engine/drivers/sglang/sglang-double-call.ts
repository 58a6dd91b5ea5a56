// A body of `/generate` as the SGLang double understands it: docs/basic_usage/sampling_params.md and GenerateReqInput of
// python/sglang/srt/managers/io_struct.py.

import {
  asIds,
  asObject,
  textOr,
  wholeOr,
} from "#services/worker/engine/drivers/doubles/double-http.ts";
import type { JsonObject } from "#services/worker/engine/drivers/doubles/double-http.ts";

export interface DoubledSglangCall {
  readonly rid: string;
  readonly ids: readonly number[];
  readonly lora: string;
  readonly extraKey: string;
  readonly priority: number | undefined;
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
}

/** A sentence when it is refused. Only streams are doubled: the driver asks for nothing else. */
export function readSglangCall(
  body: JsonObject,
  { tokensMax }: { readonly tokensMax: number },
): DoubledSglangCall | string {
  const ids = asIds(body["input_ids"]);
  const sampling = asObject(body["sampling_params"]) ?? {};
  const outputTokensMax = wholeOr(sampling["max_new_tokens"], 128);
  const outputTokensMin = wholeOr(sampling["min_new_tokens"], 0);
  if (body["stream"] !== true) return "The double streams only.";
  if (ids === undefined || ids.length === 0)
    return "Either text, input_ids or input_embeds should be provided.";
  if (outputTokensMax < 1 || outputTokensMin > outputTokensMax) {
    return `min_new_tokens must be in [0, max_new_tokens(${outputTokensMax})], got ${outputTokensMin}.`;
  }
  if (ids.length + outputTokensMax > tokensMax) {
    return `Requested token count exceeds the model's maximum context length of ${tokensMax} tokens.`;
  }
  const { priority } = body as { readonly priority?: unknown };
  return {
    rid: textOr(body["rid"], ""),
    ids,
    lora: textOr(body["lora_path"], ""),
    extraKey: textOr(body["extra_key"], ""),
    priority: Number.isSafeInteger(priority) ? (priority as number) : undefined,
    outputTokensMax,
    outputTokensMin,
    ignoreEos: sampling["ignore_eos"] === true,
  };
}
