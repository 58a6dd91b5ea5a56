// For tests: vocabularies small enough to be made in a moment, in the shapes of real ones. A corpus decides which pairs are merged, as
// for a real vocabulary; the same corpus makes the same one, so their ids are goldens. Nothing here runs in production.

import { Buffer } from "node:buffer";
import type { GgufMetadata } from "./gguf-metadata.ts";
import { readGgufMetadata } from "./gguf-metadata.ts";
import { writeByteAlphabet } from "./byte-alphabet.ts";

const corpus: string =
  "the quick brown fox jumps over the lazy dog and the other dogs jump over the quicker foxes; " +
  "the users of the house ask the house what the users of the house said to the house, and 1234 answers " +
  "came: hello, hello world! été, été, größer, 日本, 日本語, привет привет ".repeat(2);

export const chatMl: string =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export interface Merge {
  readonly left: string;
  readonly right: string;
}

/** The pair that is there most often, again and again; of equals the first by its text. */
function learnMerges(words: readonly (readonly string[])[], count: number): readonly Merge[] {
  const merges: Merge[] = [];
  let rest = words;
  while (merges.length < count) {
    const pairs = new Map<string, { readonly merge: Merge; times: number }>();
    for (const word of rest) {
      for (const [at, left] of word.slice(0, -1).entries()) {
        const merge = { left, right: word[at + 1] ?? "" };
        const key = `${merge.left} ${merge.right}`;
        const pair = pairs.get(key) ?? { merge, times: 0 };
        pair.times++;
        pairs.set(key, pair);
      }
    }
    const [best] = [...pairs].sort(
      ([a, { times: aTimes }], [b, { times: bTimes }]) => bTimes - aTimes || (a < b ? -1 : 1),
    );
    if (best === undefined || best[1].times < 2) break;
    const { merge } = best[1];
    merges.push(merge);
    rest = rest.map((word) => merged(word, merge));
  }
  return merges;
}

function merged(word: readonly string[], { left, right }: Merge): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < word.length; at++) {
    const isPair = word[at] === left && word[at + 1] === right;
    pieces.push(isPair ? left + right : (word[at] ?? ""));
    if (isPair) at++;
  }
  return pieces;
}

const wordsOf = (text: string): readonly string[] => text.match(/ ?[^ ]+/g) ?? [];

export interface TinyVocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly scores: readonly number[];
  readonly merges: readonly string[];
}

/** As llama.cpp numbers them. */
const types = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 } as const;

/** Byte-level BPE: every byte, what was learnt, the special tokens last, as the models of Qwen and Llama 3 have them. */
export function tinyBpe(): TinyVocabulary {
  const words = wordsOf(corpus).map((word) => Array.from(writeByteAlphabet(Buffer.from(word))));
  const merges = learnMerges(words, 250);
  const bytes = Array.from({ length: 256 }, (_, byte) => writeByteAlphabet(Uint8Array.of(byte)));
  const learnt = [...new Set(merges.map(({ left, right }) => left + right))];
  const specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
  const tokens = [...bytes, ...learnt, ...specials, "<tool>"];
  return {
    tokens,
    types: tokens.map((token) =>
      specials.includes(token)
        ? types.control
        : token === "<tool>"
          ? types.userDefined
          : types.normal,
    ),
    scores: tokens.map(() => 0),
    merges: merges.map(({ left, right }) => `${left} ${right}`),
  };
}

/** SentencePiece's: special tokens first, bytes to fall back to, characters, and what was learnt by its score. */
export function tinySpm(
  { hasTraps }: { readonly hasTraps: boolean } = { hasTraps: true },
): TinyVocabulary {
  const words = wordsOf(` ${corpus}`).map((word) => Array.from(word.replaceAll(" ", "▁")));
  const merges = learnMerges(words, 250);
  const learnt = merges.map(({ left, right }) => left + right);
  const characters = [...new Set(words.flat())].sort();
  const special = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"];
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
  // The pieces of `</s>` are tokens, too: text must not become it all the same, though llama.cpp lets it.
  const traps = hasTraps ? ["</", "s>", "</s"] : [];
  const normal = [...new Set([...learnt, ...characters, "<", "/", ">", ...traps])];
  const tokens = [...special, ...bytes, ...normal];
  return {
    tokens,
    types: tokens.map((_, id) => {
      if (id === 0) return types.unknown;
      if (id < special.length) return types.control;
      return id < special.length + bytes.length ? types.byte : types.normal;
    }),
    scores: tokens.map((_, id) => -Math.max(0, id - special.length - bytes.length)),
    merges: merges.map(({ left, right }) => `${left} ${right}`),
  };
}

export type Entry = readonly [key: string, value: EntryValue];
type EntryValue =
  | string
  | number
  | boolean
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | readonly string[]
  | readonly number[];

const chatEntry: Entry = ["tokenizer.chat_template", chatMl];

export function bpeEntries(pre: string, vocabulary: TinyVocabulary = tinyBpe()): readonly Entry[] {
  const { tokens } = vocabulary;
  return [
    ["general.architecture", "llama"],
    ["tokenizer.ggml.model", "gpt2"],
    ["tokenizer.ggml.pre", pre],
    ["tokenizer.ggml.tokens", tokens],
    ["tokenizer.ggml.token_type", vocabulary.types],
    ["tokenizer.ggml.merges", vocabulary.merges],
    ["tokenizer.ggml.bos_token_id", tokens.indexOf("<|endoftext|>")],
    ["tokenizer.ggml.eos_token_id", tokens.indexOf("<|im_end|>")],
    ["tokenizer.ggml.add_bos_token", false],
    chatEntry,
  ];
}

export function spmEntries(vocabulary: TinyVocabulary = tinySpm()): readonly Entry[] {
  return [
    ["general.architecture", "llama"],
    ["tokenizer.ggml.model", "llama"],
    ["tokenizer.ggml.pre", "default"],
    ["tokenizer.ggml.tokens", vocabulary.tokens],
    ["tokenizer.ggml.scores", { floats: vocabulary.scores }],
    ["tokenizer.ggml.token_type", vocabulary.types],
    ["tokenizer.ggml.bos_token_id", 1],
    ["tokenizer.ggml.eos_token_id", 2],
    ["tokenizer.ggml.add_bos_token", true],
    ["tokenizer.ggml.add_space_prefix", true],
    chatEntry,
  ];
}

/** A whole GGUF file; without tensors unless a real engine shall load it. */
export function ggufBytes(entries: readonly Entry[], tensors: readonly Buffer[] = []): Buffer {
  return Buffer.concat([
    Buffer.from("GGUF"),
    whole(3),
    long(tensors.length),
    long(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), ...typed(value)]),
  ]);
}

export const metadataOf = (entries: readonly Entry[]): GgufMetadata =>
  readGgufMetadata(readerOf(ggufBytes(entries)));

export const readerOf =
  (bytes: Buffer) =>
  (at: number, length: number): Buffer =>
    bytes.subarray(at, at + length);

function typed(value: EntryValue): readonly Buffer[] {
  if (typeof value === "string") return [whole(8), text(value)];
  if (typeof value === "number") return [whole(4), whole(value)];
  if (typeof value === "boolean") return [whole(7), Buffer.of(value ? 1 : 0)];
  if ("float" in value) return [whole(6), float(value.float)];
  if ("floats" in value) return [...list(6, value.floats.length), ...value.floats.map(float)];
  const texts = value.filter((element) => typeof element === "string");
  if (texts.length > 0) return [...list(8, texts.length), ...texts.map(text)];
  return [...list(5, value.length), ...value.map((element) => whole(Number(element)))];
}

const list = (type: number, length: number): readonly Buffer[] => [
  whole(9),
  whole(type),
  long(length),
];

export function whole(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

export function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

export const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([long(bytes.length), bytes]);
};

/** The pattern that Qwen's models split by. */
const pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The vocabulary of `tinyBpe` as a `tokenizer.json` would have it. */
export function tinyTokenizerJson(change: object = {}): string {
  const { tokens, types: kinds, merges } = tinyBpe();
  const added = tokens.flatMap((content, id) =>
    kinds[id] === types.normal
      ? []
      : [
          {
            id,
            content,
            special: kinds[id] === types.control,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
          },
        ],
  );
  const bytes = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  };
  return JSON.stringify({
    version: "1.0",
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
        bytes,
      ],
    },
    post_processor: null,
    decoder: bytes,
    model: {
      type: "BPE",
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(
        tokens.flatMap((token, id) => (kinds[id] === types.normal ? [[token, id]] : [])),
      ),
      merges,
    },
    ...change,
  });
}

/** The vocabulary of `tinySpm` as the `tokenizer.json` of a Llama 2 would have it. */
export function tinyFallbackJson(): string {
  const { tokens, types: kinds, merges } = tinySpm();
  const isSpecial = (id: number): boolean =>
    kinds[id] === types.control || kinds[id] === types.unknown;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return JSON.stringify({
    version: "1.0",
    added_tokens: tokens.flatMap((content, id) =>
      isSpecial(id) ? [{ id, content, special: true, ...flags }] : [],
    ),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  });
}

export const tinyTokenizerConfig: string = JSON.stringify({
  bos_token: null,
  eos_token: "<|im_end|>",
  chat_template: chatMl,
});
