// Every field of OpenAI's dialect that we know, and what becomes of it: read, ignored on purpose, or tolerated
// only at the value that changes nothing. Any other field is refused by name, never dropped in silence.

import type { Refusal } from "#shared/model/refusal.ts";
import type { JsonObject } from "./field-reader.ts";

export type OpenAiApi = "chat" | "completions";

/** `ignored`: identity and hints that credentials already decide. A list: the JSON texts that ask for nothing. */
type Treatment = "read" | "ignored" | readonly string[];

const shared: readonly (readonly [string, Treatment])[] = [
  ["model", "read"],
  ["max_tokens", "read"],
  ["max_completion_tokens", "read"],
  ["min_tokens", "read"],
  ["ignore_eos", "read"],
  ["temperature", "read"],
  ["top_p", "read"],
  ["presence_penalty", "read"],
  ["frequency_penalty", "read"],
  ["seed", "read"],
  ["stop", "read"],
  ["stream", "read"],
  ["stream_options", "read"],
  ["user", "ignored"],
  ["metadata", "ignored"],
  ["safety_identifier", "ignored"],
  ["prompt_cache_key", "ignored"],
  ["prompt_cache_retention", "ignored"],
  ["n", ["1"]],
  ["logit_bias", ["{}"]],
  ["store", ["false"]],
  ["service_tier", ['"auto"', '"default"']],
  ["top_k", ["0", "-1"]],
  ["min_p", ["0"]],
  ["repetition_penalty", ["1"]],
];

const chatFields: ReadonlyMap<string, Treatment> = new Map([
  ...shared,
  ["messages", "read"],
  ["logprobs", ["false"]],
  ["top_logprobs", ["0"]],
  ["tools", ["[]"]],
  ["tool_choice", ['"none"', '"auto"']],
  ["parallel_tool_calls", ["true", "false"]],
  ["functions", ["[]"]],
  ["function_call", ['"none"', '"auto"']],
  ["response_format", ['{"type":"text"}']],
  ["modalities", ['["text"]']],
  ["audio", []],
  ["prediction", []],
  ["reasoning_effort", ['"none"']],
  ["verbosity", ['"medium"']],
  ["web_search_options", []],
]);

const completionsFields: ReadonlyMap<string, Treatment> = new Map([
  ...shared,
  ["prompt", "read"],
  ["best_of", ["1"]],
  ["echo", ["false"]],
  ["suffix", ['""']],
  ["logprobs", []],
]);

/** The first field of the body that we do not know, or cannot do. */
export function findForeignField(api: OpenAiApi, body: JsonObject): Refusal | undefined {
  const fields = api === "chat" ? chatFields : completionsFields;
  for (const name of Object.keys(body)) {
    const treatment = fields.get(name);
    if (treatment === undefined) return unknownField(name);
    if (treatment === "read" || treatment === "ignored") continue;
    const value = body[name];
    if (value !== null && !treatment.includes(JSON.stringify(value))) return unsupported(name);
  }
  return undefined;
}

const nameLengthMax = 64;

export function unknownField(name: string): Refusal {
  const shown = name.length > nameLengthMax ? `${name.slice(0, nameLengthMax)}…` : name;
  return {
    code: "unknown_parameter",
    message: `Unrecognized request argument: \`${shown}\`.`,
    param: shown,
  };
}

export const unsupported = (param: string): Refusal => ({
  code: "unsupported_parameter",
  message: `\`${param}\` is not supported with this value.`,
  param,
});
