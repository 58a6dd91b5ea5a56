// Reads the bytes of a `GenerateRequest` into a generation request. Generated types stop here.

import { fairlead } from "#proto/inference.js";
import type { Tenant } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { ChatMessage, Prompt } from "#services/edge/encode-prompt.ts";
import { chatRoles, isChatRole } from "#services/edge/encode-prompt.ts";
import type { FleetView } from "#services/edge/fleet-view.ts";
import { contextTokensMaxOf, promptBytesMaxOf } from "#services/edge/fleet-view.ts";
import type { GenerationRequest } from "#services/edge/generation-request.ts";
import { malformed } from "#services/edge/generation-request.ts";

/** Around the text: roles and lengths take less than the chat template's own marks; parameters and a model's name. */
const framingBytes = 65_536;

/**
 * A message that no context can hold is refused unread: decoding four mebibytes of empty chat messages would keep
 * every other caller waiting for a fifth of a second.
 */
export function findExcess(
  view: FleetView,
  tenant: Tenant,
  messageBytes: number,
): Refusal | undefined {
  if (messageBytes <= 2 * promptBytesMaxOf(view, tenant) + framingBytes) return undefined;
  const contextTokensMax = contextTokensMaxOf(view, tenant);
  const message = `The context holds at most ${contextTokensMax} tokens; this message has ${messageBytes} bytes.`;
  return { code: "context_too_long", message };
}

const { GenerateRequest } = fairlead.inference.v1;
type Decoded = ReturnType<typeof GenerateRequest.decode>;

export type GrpcReading =
  | { readonly kind: "read"; readonly generation: GenerationRequest }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function readGrpcRequest(bytes: Uint8Array): GrpcReading {
  let decoded: Decoded;
  try {
    decoded = GenerateRequest.decode(bytes);
  } catch {
    return refused(malformed("The message is not a valid GenerateRequest."));
  }
  const prompt = readPrompt(decoded);
  if (!("kind" in prompt)) return refused(prompt);
  const generation = { model: decoded.model ?? "", prompt, ...readParams(decoded.params) };
  return { kind: "read", generation };
}

const refused = (refusal: Refusal): GrpcReading => ({ kind: "refused", refusal });

function readPrompt({ chat, prompt }: Decoded): Prompt | Refusal {
  if (typeof prompt === "string") return { kind: "text", text: prompt };
  if (chat === null || chat === undefined) {
    return malformed("Either `chat` or `prompt` must be set.", "prompt");
  }
  const messages: ChatMessage[] = [];
  for (const [index, { role, content }] of (chat.messages ?? []).entries()) {
    if (typeof role !== "string" || !isChatRole(role)) {
      const place = `messages[${index}].role`;
      return malformed(`\`${place}\` must be one of ${chatRoles}.`, place);
    }
    messages.push({ role, text: content ?? "" });
  }
  return { kind: "chat", messages };
}

function readParams(params: Decoded["params"]): Omit<GenerationRequest, "model" | "prompt"> {
  const { maxTokens, minTokens, ignoreEos, stop } = params ?? {};
  return {
    ...(typeof maxTokens === "number" ? { outputTokensMax: maxTokens } : {}),
    outputTokensMin: minTokens ?? 0,
    ignoreEos: ignoreEos ?? false,
    stopStrings: stop ?? [],
    sampling: readSampling(params),
  };
}

function readSampling(params: Decoded["params"]): Sampling {
  const { temperature, topP, presencePenalty, frequencyPenalty, seed } = params ?? {};
  return {
    ...(typeof temperature === "number" ? { temperature } : {}),
    ...(typeof topP === "number" ? { topP } : {}),
    ...(typeof presencePenalty === "number" ? { presencePenalty } : {}),
    ...(typeof frequencyPenalty === "number" ? { frequencyPenalty } : {}),
    ...(typeof seed === "number" ? { seed } : {}),
  };
}
