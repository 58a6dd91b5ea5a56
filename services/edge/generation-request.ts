// What a caller asks for, the same from every door, and the ranges that its numbers must keep.
// The doors check types in their own dialect; ranges are checked here once.

import type { Refusal } from "#shared/model/refusal.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { Prompt } from "./encode-prompt.ts";

export interface GenerationRequest {
  readonly model: string;
  readonly prompt: Prompt;
  /** Absent: the model's default, shortened to what the context leaves. */
  readonly outputTokensMax?: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly stopStrings: readonly string[];
  readonly sampling: Sampling;
  /** The client's own word for what belongs together. Absent: how the prompt begins says it. */
  readonly conversation?: string;
}

const stopStringsMax = 4;
const stopStringLengthMax = 256;
/** Counts travel as 32-bit integers. */
const countMax = 2 ** 31 - 1;
const modelNameLengthMax = 256;

/** The first rule that the request breaks. Field names are those of both public dialects. */
export function findViolation(request: GenerationRequest): Refusal | undefined {
  return promptViolation(request) ?? lengthViolation(request) ?? samplingViolation(request);
}

export const malformed = (message: string, param?: string): Refusal => ({
  code: "malformed_request",
  message,
  ...(param === undefined ? {} : { param }),
});

function promptViolation({ model, prompt, stopStrings }: GenerationRequest): Refusal | undefined {
  if (model === "") return malformed("`model` is required.", "model");
  if (model.length > modelNameLengthMax) {
    return malformed(`\`model\` has more than ${modelNameLengthMax} characters.`, "model");
  }
  if (prompt.kind === "chat" && prompt.messages.length === 0) {
    return malformed("`messages` must hold at least one message.", "messages");
  }
  if (prompt.kind === "text" && prompt.text === "") {
    return malformed("`prompt` must not be empty.", "prompt");
  }
  if (stopStrings.length > stopStringsMax) {
    return malformed(`\`stop\` may hold at most ${stopStringsMax} strings.`, "stop");
  }
  if (stopStrings.some((stop) => stop === "" || stop.length > stopStringLengthMax)) {
    return malformed(`Each \`stop\` must have 1 to ${stopStringLengthMax} characters.`, "stop");
  }
  return undefined;
}

function lengthViolation(request: GenerationRequest): Refusal | undefined {
  const { outputTokensMax, outputTokensMin } = request;
  if (outputTokensMax !== undefined && !isWithin(outputTokensMax, 1, countMax)) {
    return malformed(`\`max_tokens\` must be an integer from 1 to ${countMax}.`, "max_tokens");
  }
  if (!isWithin(outputTokensMin, 0, countMax)) {
    return malformed(`\`min_tokens\` must be an integer from 0 to ${countMax}.`, "min_tokens");
  }
  return undefined;
}

const isWithin = (count: number, least: number, most: number): boolean =>
  Number.isInteger(count) && count >= least && count <= most;

const samplingRanges = [
  ["temperature", "temperature", 0, 2],
  ["topP", "top_p", 0, 1],
  ["presencePenalty", "presence_penalty", -2, 2],
  ["frequencyPenalty", "frequency_penalty", -2, 2],
] as const;

function samplingViolation({ sampling }: GenerationRequest): Refusal | undefined {
  for (const [field, param, least, most] of samplingRanges) {
    const value = sampling[field];
    // Written so that NaN fails too.
    if (value !== undefined && !(value >= least && value <= most)) {
      return malformed(`\`${param}\` must be a number from ${least} to ${most}.`, param);
    }
  }
  if (sampling.seed !== undefined && !Number.isSafeInteger(sampling.seed)) {
    return malformed("`seed` must be an integer of at most 53 bits.", "seed");
  }
  return undefined;
}
