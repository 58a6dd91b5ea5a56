// Reads OpenAI's `messages` and `prompt` into a prompt. Text only: a part that is not text is refused by its
// place. `name` and `tool_call_id` are accepted and have no place in the chat template.

import type { ChatMessage, Prompt } from "#services/edge/encode-prompt.ts";
import { chatRoles, isChatRole } from "#services/edge/encode-prompt.ts";
import type { FieldReader, JsonObject } from "./field-reader.ts";
import { complain, isJsonObject, valueOf } from "./field-reader.ts";
import { malformed } from "#services/edge/generation-request.ts";
import { unknownField, unsupported } from "./openai-fields.ts";

/** Of a message: those that we read or ignore, and those that clients echo back empty from an earlier answer. */
const messageFields: ReadonlySet<string> = new Set(["role", "content", "name", "tool_call_id"]);
const echoedFields: ReadonlySet<string> = new Set([
  "refusal",
  "annotations",
  "audio",
  "tool_calls",
  "function_call",
  "reasoning_content",
]);

export function readMessages(reader: FieldReader): Prompt {
  const value = valueOf(reader, "messages");
  const messages: ChatMessage[] = [];
  if (!Array.isArray(value)) {
    complain(reader, malformed("`messages` is required and must be an array.", "messages"));
  } else {
    for (const [index, entry] of value.entries()) {
      const message = readMessage(reader, entry, `messages[${index}]`);
      if (message === undefined) break;
      messages.push(message);
    }
  }
  return { kind: "chat", messages };
}

export function readPrompt(reader: FieldReader): Prompt {
  const value = valueOf(reader, "prompt");
  if (typeof value === "string") return { kind: "text", text: value };
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  if (typeof only === "string") return { kind: "text", text: only };
  const isSeveral = Array.isArray(value) && value.length > 0;
  complain(
    reader,
    isSeveral
      ? {
          code: "unsupported_parameter",
          message:
            "`prompt` must be one string: token arrays and several prompts are not supported.",
          param: "prompt",
        }
      : malformed("`prompt` is required and must be a string.", "prompt"),
  );
  return { kind: "text", text: "" };
}

function readMessage(reader: FieldReader, entry: unknown, path: string): ChatMessage | undefined {
  if (!isJsonObject(entry)) {
    return complain(reader, malformed(`\`${path}\` must be an object.`, path));
  }
  const foreign = findForeignMessageField(entry, path);
  if (foreign !== undefined) return complain(reader, foreign);
  const role = entry["role"];
  if (typeof role !== "string" || !isChatRole(role)) {
    return complain(
      reader,
      malformed(`\`${path}.role\` must be one of ${chatRoles}.`, `${path}.role`),
    );
  }
  const text = readContent(reader, entry, path);
  return text === undefined ? undefined : { role, text };
}

function findForeignMessageField(
  entry: JsonObject,
  path: string,
): ReturnType<typeof unsupported> | undefined {
  for (const name of Object.keys(entry)) {
    if (messageFields.has(name)) continue;
    if (!echoedFields.has(name)) return unknownField(`${path}.${name}`);
    const value = entry[name];
    const isEmpty = value === null || value === "" || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) return unsupported(`${path}.${name}`);
  }
  return undefined;
}

function readContent(reader: FieldReader, entry: JsonObject, path: string): string | undefined {
  const content = entry["content"];
  if (typeof content === "string") return content;
  // An assistant's empty answer comes back as null.
  if (content === null && entry["role"] === "assistant") return "";
  if (!Array.isArray(content)) {
    return complain(
      reader,
      malformed(
        `\`${path}.content\` must be a string or an array of text parts.`,
        `${path}.content`,
      ),
    );
  }
  let text = "";
  for (const [index, part] of content.entries()) {
    const place = `${path}.content[${index}]`;
    if (!isJsonObject(part)) {
      return complain(reader, malformed(`\`${place}\` must be an object.`, place));
    }
    if (typeof part["type"] !== "string") {
      return complain(reader, malformed(`\`${place}.type\` must be a string.`, `${place}.type`));
    }
    if (part["type"] !== "text") return complain(reader, unsupported(`${place}.type`));
    if (typeof part["text"] !== "string") {
      return complain(reader, malformed(`\`${place}.text\` must be a string.`, `${place}.text`));
    }
    text += part["text"];
  }
  return text;
}
