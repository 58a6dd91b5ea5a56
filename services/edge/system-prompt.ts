// An operator's words before a tenant's chat. One system message holds both, theirs first and the client's after a blank line: chat
// templates of some models refuse a second one, and none refuses a longer one. A plain prompt has no such place and stays as it is.

import type { ChatMessage, Prompt } from "./encode-prompt.ts";

export function withSystemPrompt(prompt: Prompt, text: string | undefined): Prompt {
  if (text === undefined || prompt.kind === "text") return prompt;
  const [first, ...rest] = prompt.messages;
  const isInstruction = first?.role === "system" || first?.role === "developer";
  const messages: readonly ChatMessage[] =
    first !== undefined && isInstruction
      ? [{ role: first.role, text: `${text}\n\n${first.text}` }, ...rest]
      : [{ role: "system", text }, ...prompt.messages];
  return { kind: "chat", messages };
}
