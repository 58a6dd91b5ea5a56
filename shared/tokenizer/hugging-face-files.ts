// A model's `tokenizer.json`, with what its neighbours in the same folder add: `tokenizer_config.json` (special texts, the chat
// template), `chat_template.jinja` (the template, where it is a file) and `generation_config.json` (what ends the output).

import type { Token, Tokenizer } from "#shared/model/tokenizer.ts";
import { z } from "zod";
import { readByteAlphabet } from "./byte-alphabet.ts";
import type { HuggingFaceModel } from "./hugging-face-tokenizer.ts";
import { huggingFaceEncoder, huggingFaceFrame } from "./hugging-face-tokenizer.ts";
import { jinjaChat } from "./jinja-chat-template.ts";
import { modelTokenizer } from "./model-tokens.ts";
import type { TokenEntry } from "./token-table.ts";
import { tableVocabulary } from "./token-table.ts";
import { Unusable } from "./unusable.ts";

export interface HuggingFaceTexts {
  /** Of the vocabulary: digest of all of them. */
  readonly name: string;
  readonly tokenizer: string;
  readonly config?: string;
  readonly chatTemplate?: string;
  readonly generation?: string;
}

const tokenText = z.union([
  z.string(),
  z.object({ content: z.string() }).transform((it) => it.content),
]);

const tokenizerShape = z.looseObject({
  added_tokens: z.array(
    z.looseObject({ id: z.int().min(0), content: z.string().min(1), special: z.boolean() }),
  ),
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.record(z.string(), z.int().min(0)),
    merges: z.array(z.union([z.string(), z.array(z.string()).length(2)])),
    byte_fallback: z.boolean().nullish(),
  }),
});

const configShape = z.looseObject({
  bos_token: tokenText.nullish(),
  eos_token: tokenText.nullish(),
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});

const generationShape = z.looseObject({
  eos_token_id: z.union([z.int(), z.array(z.int())]).nullish(),
});

const idMax = 4_194_304;

/** Throws `Unusable`. */
export function huggingFaceTokenizer(texts: HuggingFaceTexts): Tokenizer {
  const file = readModel(texts.tokenizer);
  const config = read(configShape, texts.config ?? "{}", "tokenizer_config.json");
  const generation = read(generationShape, texts.generation ?? "{}", "generation_config.json");
  const ids = new Map(Object.entries(file.model.vocab));
  for (const { content, id } of file.added_tokens) ids.set(content, id);
  const bosToken = config.bos_token ?? "";
  const eosToken = config.eos_token ?? "";
  const source = texts.chatTemplate ?? templateOf(config.chat_template);
  try {
    return modelTokenizer({
      vocabulary: tableVocabulary({
        name: texts.name,
        entries: entriesOf(file),
        endIds: new Set([...endsOf(generation.eos_token_id), ...endsOf(ids.get(eosToken))]),
      }),
      specials: file.added_tokens
        .filter(({ special }) => special)
        .map(({ content, id, lstrip = false, rstrip = false }) => ({
          text: content,
          id,
          trimsBefore: lstrip,
          trimsAfter: rstrip,
        })),
      encodeFragment: huggingFaceEncoder(file),
      ...huggingFaceFrame(file),
      beforeChat: [],
      ...(source === undefined ? {} : { renderChat: jinjaChat({ source, bosToken, eosToken }) }),
    });
  } catch (error) {
    if (error instanceof Unusable) throw error;
    throw new Unusable(`it asks for what is not supported: ${String(error)}`);
  }
}

function readModel(text: string): HuggingFaceModel {
  const file = read(tokenizerShape, text, "tokenizer.json") as unknown as HuggingFaceModel;
  const { type = "BPE" } = file.model;
  if (type !== "BPE") throw new Unusable(`its model is ${type}; only BPE is supported`);
  if (!isByteLevel(file) && file.model.byte_fallback !== true) {
    throw new Unusable("it has no tokens for single bytes: some texts could not be written in it");
  }
  return file;
}

function read<Shape>(shape: z.ZodType<Shape>, text: string, file: string): Shape {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unusable(`${file} is not JSON: perhaps it is truncated`);
  }
  const reading = shape.safeParse(value);
  if (reading.success) return reading.data;
  const [issue] = reading.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw new Unusable(
    `${file} is not what it should be at ${place || "its top"}: ${issue?.message}`,
  );
}

/** Somewhere in its decoder or before its model. */
const isByteLevel = ({ decoder, pre_tokenizer: pre }: HuggingFaceModel): boolean =>
  [decoder, pre].some((part) => JSON.stringify(part ?? null).includes('"type":"ByteLevel"'));

function entriesOf(file: HuggingFaceModel): readonly TokenEntry[] {
  const isBytes = isByteLevel(file);
  const entries: TokenEntry[] = [];
  const put = (id: number, entry: TokenEntry): void => {
    if (id > idMax) throw new Unusable(`it has a token with the id ${id}`);
    while (entries.length <= id) entries.push(nothing);
    entries[id] = entry;
  };
  for (const [text, id] of Object.entries(file.model.vocab)) {
    put(id, isBytes ? byteLevelEntry(text) : metaspaceEntry(text));
  }
  for (const { content, id, special } of file.added_tokens) {
    put(id, special ? { kind: "special" } : { kind: "text", bytes: Buffer.from(content) });
  }
  return entries;
}

/** An id between others that nothing is said of. */
const nothing: TokenEntry = { kind: "text", bytes: new Uint8Array() };

const byteLevelEntry = (text: string): TokenEntry => ({
  kind: "text",
  bytes: readByteAlphabet(text) ?? Buffer.from(text),
});

function metaspaceEntry(text: string): TokenEntry {
  const hex = /^<0x([0-9A-F]{2})>$/.exec(text)?.[1];
  const bytes =
    hex === undefined ? Buffer.from(text.replaceAll("▁", " ")) : Buffer.from(hex, "hex");
  return { kind: "text", bytes };
}

const endsOf = (ids: number | readonly number[] | null | undefined): readonly Token[] =>
  typeof ids === "number" ? [ids] : (ids ?? []);

/** Of several templates the one without a purpose of its own. */
function templateOf(templates: z.infer<typeof configShape>["chat_template"]): string | undefined {
  if (templates === null || templates === undefined) return undefined;
  if (typeof templates === "string") return templates;
  return templates.find(({ name }) => name === "default")?.template;
}
