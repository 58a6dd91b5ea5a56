// A call to the bare engine, read as an OpenAI-compatible engine would: enough for its benchmarks, and the same
// chat template as the platform's edge, so that both put out the same text for the same call.

import { createHash } from "node:crypto";
import type { ChatLine } from "#shared/model/tokenizer.ts";
import { chatTemplate } from "#shared/model/chat-template.ts";

export interface BareCall {
  readonly api: "chat" | "text";
  readonly model: string;
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly isStreamed: boolean;
  readonly includeUsage: boolean;
}

const outputTokensDefault = 1024;

type JsonObject = Readonly<Record<string, unknown>>;

/** A sentence for the caller when the body is not a call. */
export function readCall(api: BareCall["api"], body: string): BareCall | string {
  const fields = jsonObject(body);
  if (fields === undefined) return "The body is not a JSON object.";
  const text = api === "chat" ? chatText(fields["messages"]) : fields["prompt"];
  if (typeof text !== "string" || text === "") return "The prompt is missing or not text.";
  const maxField = fields["max_completion_tokens"] ?? fields["max_tokens"] ?? outputTokensDefault;
  const outputTokensMax = wholeNumber(maxField, 1);
  const outputTokensMin = wholeNumber(fields["min_tokens"] ?? 0, 0);
  if (outputTokensMax === undefined || outputTokensMin === undefined) {
    return "A token limit is not a whole number.";
  }
  const promptBytes = Buffer.from(text, "utf8");
  return {
    api,
    model: typeof fields["model"] === "string" ? fields["model"] : "",
    promptBytes,
    promptDigest: createHash("sha256").update(promptBytes).digest("hex"),
    outputTokensMax,
    outputTokensMin,
    ignoreEos: fields["ignore_eos"] === true,
    isStreamed: fields["stream"] === true,
    includeUsage: asObject(fields["stream_options"])?.["include_usage"] === true,
  };
}

function jsonObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null ? (value as JsonObject) : undefined;

function wholeNumber(value: unknown, least: number): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least
    ? value
    : undefined;
}

function chatText(messages: unknown): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  const lines: ChatLine[] = [];
  for (const message of messages as readonly { role?: unknown; content?: unknown }[]) {
    const text = contentText(message?.content);
    if (typeof message?.role !== "string" || text === undefined) return undefined;
    lines.push({ role: message.role, text });
  }
  return chatTemplate(lines);
}

function contentText(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  let text = "";
  for (const part of content as readonly { type?: unknown; text?: unknown }[]) {
    if (part?.type !== "text" || typeof part.text !== "string") return undefined;
    text += part.text;
  }
  return text;
}
