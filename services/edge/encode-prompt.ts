// A prompt as the engines get it: a chat through the chat template, a plain prompt as it is. Its UTF-8 bytes are the
// prompt: the digest and the token count are theirs, so that anyone can recompute both. Engines with special tokens
// apply templates of their own.

import { createHash } from "node:crypto";
import { chatTemplate } from "#shared/model/chat-template.ts";
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

export function encodePrompt(prompt: Prompt): EncodedPrompt {
  const bytes = Buffer.from(
    prompt.kind === "text" ? prompt.text : chatTemplate(prompt.messages),
    "utf8",
  );
  return {
    bytes,
    digest: createHash("sha256").update(bytes).digest("hex"),
    tokens: tokenCount(bytes),
  };
}

const roles: ReadonlySet<string> = new Set(["system", "developer", "user", "assistant", "tool"]);

export const isChatRole = (text: string): text is ChatRole => roles.has(text);

export const chatRoles: string = [...roles].join(", ");
