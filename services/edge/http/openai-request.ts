// Reads the body of a chat or plain completion into a generation request, types first.
// Pure: the same body gives the same answer.

import type { Refusal } from "#shared/model/refusal.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { FieldReader, JsonObject } from "./field-reader.ts";
import {
  complain,
  isJsonObject,
  readBoolean,
  readFields,
  readInteger,
  readNumber,
  readString,
  valueOf,
} from "./field-reader.ts";
import type { GenerationRequest } from "#services/edge/generation-request.ts";
import { malformed } from "#services/edge/generation-request.ts";
import type { OpenAiApi } from "./openai-fields.ts";
import { findForeignField, unknownField, unsupported } from "./openai-fields.ts";
import { readMessages, readPrompt } from "./openai-messages.ts";

export interface OpenAiRequest {
  readonly generation: GenerationRequest;
  readonly isStreamed: boolean;
  readonly includeUsage: boolean;
}

export type OpenAiReading =
  | { readonly kind: "read"; readonly request: OpenAiRequest }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function readOpenAiRequest(api: OpenAiApi, body: unknown): OpenAiReading {
  if (!isJsonObject(body)) return refused(malformed("The body must be a JSON object."));
  const foreign = findForeignField(api, body);
  if (foreign !== undefined) return refused(foreign);
  const reader = readFields(body);
  const model = readString(reader, "model") ?? "";
  const prompt = api === "chat" ? readMessages(reader) : readPrompt(reader);
  const outputTokensMax = readOutputTokensMax(reader);
  const isStreamed = readBoolean(reader, "stream") ?? false;
  const conversation = conversationNamed(body);
  const generation: GenerationRequest = {
    model,
    prompt,
    ...(outputTokensMax === undefined ? {} : { outputTokensMax }),
    outputTokensMin: readInteger(reader, "min_tokens") ?? 0,
    ignoreEos: readBoolean(reader, "ignore_eos") ?? false,
    stopStrings: readStop(reader),
    sampling: readSampling(reader),
    ...(conversation === undefined ? {} : { conversation }),
  };
  const includeUsage = readIncludeUsage(reader, isStreamed);
  return reader.complaint === undefined
    ? { kind: "read", request: { generation, isStreamed, includeUsage } }
    : refused(reader.complaint);
}

const conversationLengthMax = 1024;

/** Hints that are ignored else, of whatever type: they only keep what belongs together on one version in a rollout. */
function conversationNamed(body: JsonObject): string | undefined {
  for (const name of ["prompt_cache_key", "user", "safety_identifier"]) {
    const value = body[name];
    if (typeof value === "string" && value !== "") return value.slice(0, conversationLengthMax);
  }
  return undefined;
}

const refused = (refusal: Refusal): OpenAiReading => ({ kind: "refused", refusal });

/** Two names of one thing: both are taken, different values are not. */
function readOutputTokensMax(reader: FieldReader): number | undefined {
  const older = readInteger(reader, "max_tokens");
  const newer = readInteger(reader, "max_completion_tokens");
  if (older !== undefined && newer !== undefined && older !== newer) {
    const message = "`max_tokens` and `max_completion_tokens` name different lengths.";
    return complain(reader, malformed(message, "max_completion_tokens"));
  }
  return newer ?? older;
}

function readStop(reader: FieldReader): readonly string[] {
  const value = valueOf(reader, "stop");
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  if (Array.isArray(value) && value.every((stop) => typeof stop === "string")) return value;
  complain(reader, malformed("`stop` must be a string or an array of strings.", "stop"));
  return [];
}

function readSampling(reader: FieldReader): Sampling {
  const temperature = readNumber(reader, "temperature");
  const topP = readNumber(reader, "top_p");
  const presencePenalty = readNumber(reader, "presence_penalty");
  const frequencyPenalty = readNumber(reader, "frequency_penalty");
  const seed = readInteger(reader, "seed");
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(presencePenalty === undefined ? {} : { presencePenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function readIncludeUsage(reader: FieldReader, isStreamed: boolean): boolean {
  const value = valueOf(reader, "stream_options");
  if (value === undefined) return false;
  if (!isStreamed) {
    const message = "`stream_options` is only allowed when `stream` is true.";
    complain(reader, malformed(message, "stream_options"));
    return false;
  }
  if (!isJsonObject(value)) {
    complain(reader, malformed("`stream_options` must be an object.", "stream_options"));
    return false;
  }
  for (const name of Object.keys(value)) {
    const path = `stream_options.${name}`;
    if (name !== "include_usage" && name !== "include_obfuscation") {
      complain(reader, unknownField(path));
    } else if (value[name] !== null && typeof value[name] !== "boolean") {
      complain(reader, malformed(`\`${path}\` must be true or false.`, path));
    } else if (name === "include_obfuscation" && value[name] === true) {
      complain(reader, unsupported(path));
    }
  }
  return value["include_usage"] === true;
}
