// The chat template of the simulated models: for each message `<|role|>`, a newline, its text, a newline;
// at the end `<|assistant|>` and a newline. A plain prompt is taken as it is. Its UTF-8 bytes are the prompt:
// the digest and the token count are theirs, so that anyone can recompute both.
//
// The template is text, so a message that contains `<|system|>` reads like a role to the model. Engines with
// special tokens apply their own; here nothing but the oracle reads it.

import { createHash } from "node:crypto";
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

function promptText(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  let text = "";
  for (const message of prompt.messages) text += `<|${message.role}|>\n${message.text}\n`;
  return `${text}<|assistant|>\n`;
}

export function encodePrompt(prompt: Prompt): EncodedPrompt {
  const bytes = Buffer.from(promptText(prompt), "utf8");
  return {
    bytes,
    digest: createHash("sha256").update(bytes).digest("hex"),
    tokens: tokenCount(bytes),
  };
}

const roles: ReadonlySet<string> = new Set(["system", "developer", "user", "assistant", "tool"]);

export const isChatRole = (text: string): text is ChatRole => roles.has(text);

export const chatRoles: string = [...roles].join(", ");
