// A prompt as the engines get it: a chat through the model's template, a plain prompt as it is, both as the ids of its
// tokens. The digest and the token count are theirs, so that anyone with the tokenizer can recompute both.

import { createHash } from "node:crypto";
import type { NoPrompt, Tokenizer } from "#shared/model/tokenizer.ts";
import { tokenCount } from "#shared/model/tokenizer.ts";

export type ChatRole = "system" | "developer" | "user" | "assistant" | "tool";

export interface ChatMessage {
  readonly role: ChatRole;
  readonly text: string;
}

export type Prompt =
  | { readonly kind: "chat"; readonly messages: readonly ChatMessage[] }
  | { readonly kind: "text"; readonly text: string };

export interface EncodedPrompt {
  readonly bytes: Uint8Array;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string;
  readonly tokens: number;
}

export function encodePrompt(tokenizer: Tokenizer, prompt: Prompt): EncodedPrompt | NoPrompt {
  const bytes =
    prompt.kind === "text"
      ? tokenizer.textPrompt(prompt.text)
      : tokenizer.chatPrompt(prompt.messages);
  if ("why" in bytes) return bytes;
  return {
    bytes,
    digest: createHash("sha256").update(bytes).digest("hex"),
    tokens: tokenCount(bytes),
  };
}

/** All that a client wrote. */
export const textOf = (prompt: Prompt): string =>
  prompt.kind === "text" ? prompt.text : prompt.messages.map(({ text }) => text).join("\n");

const roles: ReadonlySet<string> = new Set(["system", "developer", "user", "assistant", "tool"]);

export const isChatRole = (text: string): text is ChatRole => roles.has(text);

export const chatRoles: string = [...roles].join(", ");
