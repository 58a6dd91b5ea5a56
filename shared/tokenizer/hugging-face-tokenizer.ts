// Byte-pair encoding as Hugging Face's tokenizers define it, by their own library for JavaScript. It is given a model
// without its special tokens: they are neither added tokens nor in the vocabulary, so no text becomes one.

import { randomUUID } from "node:crypto";
import { Tokenizer } from "@huggingface/tokenizers";
import type { Token } from "#shared/model/tokenizer.ts";

/** What of a `tokenizer.json` is read here; its parts go to the library as they are. */
export interface HuggingFaceModel {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly post_processor: unknown;
  readonly decoder: unknown;
  readonly model: BpeModel;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly single_word?: boolean;
}

export interface BpeModel {
  readonly type?: string;
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (string | readonly string[])[];
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
  readonly unk_token?: string | null;
}

/** The library's own types cannot be read from modules; this is what is used of it. */
interface LibraryTokenizer {
  encode(
    text: string,
    options: { readonly add_special_tokens: boolean },
  ): { readonly ids: readonly number[] };
}

const libraryTokenizer = (file: object): LibraryTokenizer =>
  new Tokenizer(file, {}) as LibraryTokenizer;

/** Encodes text between special tokens. `isFirst`: nothing stands before it. */
export type EncodeFragment = (text: string, isFirst: boolean) => readonly Token[];

/** Throws where the library cannot do what the file says. */
export function huggingFaceEncoder(file: HuggingFaceModel): EncodeFragment {
  const specials = new Set(
    file.added_tokens.flatMap(({ special, content }) => (special ? [content] : [])),
  );
  const vocab = Object.fromEntries(
    Object.entries(file.model.vocab).filter(([text]) => !specials.has(text)),
  );
  // Stands for the special token before a text: some models begin a text otherwise than they go on. Nobody can write it.
  const guard = `\u{F0000}${randomUUID()}\u{F0000}`;
  const guardId = 0xffff_ffff;
  const guardToken = { id: guardId, content: guard, special: true, normalized: false };
  const tokenizer = libraryTokenizer({
    ...file,
    post_processor: null,
    added_tokens: [...file.added_tokens.filter(({ special }) => !special), guardToken],
    model: { ...file.model, vocab },
  });
  return (text, isFirst) => {
    const { ids } = tokenizer.encode(isFirst ? text : guard + text, { add_special_tokens: false });
    return isFirst ? ids : ids.slice(1);
  };
}

/** What the file's own post-processor puts before and behind a text. */
export function huggingFaceFrame(file: HuggingFaceModel): {
  readonly before: readonly Token[];
  readonly after: readonly Token[];
} {
  const tokenizer = libraryTokenizer(file);
  const bare = tokenizer.encode("a", { add_special_tokens: false }).ids;
  const framed = tokenizer.encode("a", { add_special_tokens: true }).ids;
  const extra = framed.length - bare.length;
  for (let from = 0; from <= extra; from++) {
    if (bare.every((id, index) => framed[from + index] === id)) {
      return { before: framed.slice(0, from), after: framed.slice(from + bare.length) };
    }
  }
  return { before: [], after: [] };
}
