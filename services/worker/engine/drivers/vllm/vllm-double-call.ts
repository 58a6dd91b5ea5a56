// A body as the vLLM double understands it, from either of the two ways in.

import {
  asIds,
  asObject,
  textOr,
  wholeOr,
} from "#services/worker/engine/drivers/doubles/double-http.ts";
import type { JsonObject } from "#services/worker/engine/drivers/doubles/double-http.ts";

export interface DoubledVllmCall {
  readonly api: "completions" | "tokens";
  /** Empty: the base model. */
  readonly model: string;
  readonly ids: readonly number[];
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly cacheSalt: string;
  readonly priority: number;
  readonly returnsIds: boolean;
  readonly includesUsage: boolean;
  readonly includesContinuousUsage: boolean;
}

/** A sentence when the body is refused. Only streams are doubled: the driver asks for nothing else. */
export function readDoubledCall(
  api: DoubledVllmCall["api"],
  body: JsonObject,
  { tokensMax }: { readonly tokensMax: number },
): DoubledVllmCall | string {
  if (body["stream"] !== true) return "The double streams only.";
  // vllm/entrypoints/openai/completion/protocol.py: `prompt` may be ids, limits beside it. vllm/entrypoints/serve/disagg/
  // protocol.py: `token_ids`, limits in `sampling_params`.
  const ids = asIds(api === "tokens" ? body["token_ids"] : body["prompt"]);
  const sampling = api === "tokens" ? asObject(body["sampling_params"]) : body;
  if (ids === undefined || ids.length === 0) return "The prompt is not a list of token ids.";
  if (sampling === undefined) return "sampling_params is missing.";
  const fault = faultOf(ids, { sampling, cacheSalt: body["cache_salt"], tokensMax });
  if (fault !== undefined) return fault;
  const options = asObject(body["stream_options"]);
  const includesUsage = options?.["include_usage"] === true;
  return {
    api,
    model: textOr(body["model"], ""),
    ids,
    outputTokensMax: outputMax(sampling),
    outputTokensMin: outputMin(sampling),
    ignoreEos: sampling["ignore_eos"] === true,
    cacheSalt: textOr(body["cache_salt"], ""),
    priority: wholeOr(body["priority"], 0),
    // "token_ids contains the delta tokens for each chunk", prompt_token_ids "only in the first chunk".
    returnsIds: api === "tokens" || body["return_token_ids"] === true,
    includesUsage,
    // vllm/entrypoints/serve/utils/api_utils.py: only beside `include_usage`.
    includesContinuousUsage: includesUsage && options?.["continuous_usage_stats"] === true,
  };
}

const outputMax = (sampling: JsonObject): number => wholeOr(sampling["max_tokens"], 16);
const outputMin = (sampling: JsonObject): number => wholeOr(sampling["min_tokens"], 0);

interface Terms {
  readonly sampling: JsonObject;
  readonly cacheSalt: unknown;
  readonly tokensMax: number;
}

function faultOf(
  ids: readonly number[],
  { sampling, cacheSalt, tokensMax }: Terms,
): string | undefined {
  const max = outputMax(sampling);
  if (max < 1) return `max_tokens must be at least 1, got ${max}.`;
  if (outputMin(sampling) > max) {
    return `min_tokens must be less than or equal to max_tokens=${max}.`;
  }
  if (cacheSalt !== undefined && !isSalt(cacheSalt)) {
    return "Parameter 'cache_salt' must be a non-empty string if provided.";
  }
  return ids.length + max > tokensMax
    ? `This model's maximum context length is ${tokensMax} tokens.`
    : undefined;
}

/** At least one character, at most 1,024. */
const isSalt = (value: unknown): boolean =>
  typeof value === "string" && value.length >= 1 && value.length <= 1024;
