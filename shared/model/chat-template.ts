// The chat template of the simulated models, as text: for each message `<|role|>`, a newline, its text, a newline; at
// the end `<|assistant|>` and a newline. A message that contains `<|system|>` reads like a role to such a model.

import type { ChatLine } from "./tokenizer.ts";

export function chatTemplate(messages: readonly ChatLine[]): string {
  let text = "";
  for (const message of messages) text += `<|${message.role}|>\n${message.text}\n`;
  return `${text}<|assistant|>\n`;
}
