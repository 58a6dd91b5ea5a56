// The tokenizer in a GGUF's metadata, tokenising as llama.cpp does: `llama` vocabularies by SentencePiece's merges, `gpt2`
// vocabularies by byte-level BPE with the splitting that `tokenizer.ggml.pre` names. Anything else is refused by name.

import type { Token, Tokenizer } from "#shared/model/tokenizer.ts";
import { readByteAlphabet } from "./byte-alphabet.ts";
import { cutter } from "./cut-text.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";
import { ggufFlag, ggufNumber, ggufNumbers, ggufText, ggufTexts } from "./gguf-metadata.ts";
import { byteLevelModel, preTokenizerOf } from "./gguf-pre-tokenizers.ts";
import { huggingFaceEncoder } from "./hugging-face-tokenizer.ts";
import type { TemplateWords } from "./jinja-chat-template.ts";
import { jinjaChat } from "./jinja-chat-template.ts";
import type { ModelTokens, SpecialToken } from "./model-tokens.ts";
import { modelTokenizer } from "./model-tokens.ts";
import { encodeSpm } from "./spm-encoder.ts";
import type { TokenEntry } from "./token-table.ts";
import { tableVocabulary } from "./token-table.ts";
import { Unusable } from "./unusable.ts";

const kinds = { unknown: 2, control: 3, userDefined: 4, byte: 6 } as const;

/** One row of the vocabulary, as the file tells it. */
interface Row {
  readonly id: Token;
  readonly text: string;
  readonly kind: number;
  readonly score: number;
}

/** Throws `Unusable`. */
export function ggufTokenizer(metadata: GgufMetadata): Tokenizer {
  const model = ggufText(metadata, "tokenizer.ggml.model");
  const rows = rowsOf(metadata);
  const parts = model === "llama" ? spmParts(metadata, rows) : bpeParts(metadata, rows, model);
  const vocabulary = tableVocabulary({
    name: metadata.digest,
    entries: rows.map(parts.entryOf),
    endIds: endIdsOf(metadata, rows),
  });
  const bos = ggufNumber(metadata, "tokenizer.ggml.bos_token_id") ?? parts.bosDefault;
  const eos = ggufNumber(metadata, "tokenizer.ggml.eos_token_id") ?? parts.eosDefault;
  const addsBos = ggufFlag(metadata, "tokenizer.ggml.add_bos_token") ?? parts.addsBosDefault;
  const addsEos = ggufFlag(metadata, "tokenizer.ggml.add_eos_token") ?? false;
  const before = addsBos ? [known(rows, bos, "bos_token_id").id] : [];
  const after = addsEos ? [known(rows, eos, "eos_token_id").id] : [];
  return modelTokenizer({
    vocabulary,
    specials: rows.filter(isSpecial).map(({ text, id }): SpecialToken => ({ text, id })),
    encodeFragment: parts.encodeFragment,
    before,
    after,
    beforeChat: before,
    ...chatOf(metadata, { bosToken: textAt(rows, bos), eosToken: textAt(rows, eos) }),
  });
}

const textAt = (rows: readonly Row[], id: number): string => rows[id]?.text ?? "";

function chatOf(
  metadata: GgufMetadata,
  words: Omit<TemplateWords, "source">,
): Pick<ModelTokens, "renderChat"> {
  const source = ggufText(metadata, "tokenizer.chat_template");
  return source === undefined ? {} : { renderChat: jinjaChat({ source, ...words }) };
}

function rowsOf(metadata: GgufMetadata): readonly Row[] {
  const texts = ggufTexts(metadata, "tokenizer.ggml.tokens");
  if (texts === undefined || texts.length === 0) {
    throw new Unusable("it has no vocabulary (tokenizer.ggml.tokens)");
  }
  const kindsOf = ggufNumbers(metadata, "tokenizer.ggml.token_type");
  const scores = ggufNumbers(metadata, "tokenizer.ggml.scores");
  for (const [name, list] of Object.entries({ token_type: kindsOf, scores })) {
    if (list !== undefined && list.length !== texts.length) {
      throw new Unusable(`its ${name} has ${list.length} entries for ${texts.length} tokens`);
    }
  }
  return texts.map((text, id) => ({
    id,
    text,
    kind: kindsOf?.[id] ?? 1,
    score: scores?.[id] ?? 0,
  }));
}

function known(rows: readonly Row[], id: number, name: string): Row {
  const row = rows[id];
  if (row === undefined) throw new Unusable(`its ${name} is ${id}, which is no token`);
  return row;
}

/** Texts by which llama.cpp knows a token that ends the output, whatever the file says of it. */
const endTexts: ReadonlySet<string> = new Set([
  "<|eot_id|>",
  "<|im_end|>",
  "<|end|>",
  "<|return|>",
  "<|call|>",
  "<|flush|>",
  "<|calls|>",
  "<end_of_turn>",
  "<|endoftext|>",
  "</s>",
  "<|eom_id|>",
  "<EOT>",
  "_<EOT>",
  "[EOT]",
  "[EOS]",
  "<|end_of_text|>",
  "<end_of_utterance>",
  "<eos>",
  "<｜end▁of▁sentence｜>",
]);

const isSpecial = ({ kind, text }: Row): boolean =>
  kind === kinds.control || kind === kinds.unknown || endTexts.has(text);

function endIdsOf(metadata: GgufMetadata, rows: readonly Row[]): ReadonlySet<Token> {
  const named = ["eos", "eot", "eom"].flatMap(
    (name) => ggufNumber(metadata, `tokenizer.ggml.${name}_token_id`) ?? [],
  );
  return new Set([...named, ...rows.filter(({ text }) => endTexts.has(text)).map(({ id }) => id)]);
}

interface Parts {
  readonly entryOf: (row: Row) => TokenEntry;
  readonly encodeFragment: ModelTokens["encodeFragment"];
  readonly addsBosDefault: boolean;
  readonly bosDefault: number;
  readonly eosDefault: number;
}

const special: TokenEntry = { kind: "special" };
const textEntry = (text: string): TokenEntry => ({ kind: "text", bytes: Buffer.from(text) });

function spmParts(metadata: GgufMetadata, rows: readonly Row[]): Parts {
  const architecture = ggufText(metadata, "general.architecture");
  if (architecture === "phi3") {
    throw new Unusable("the special tokens of phi3 with a `llama` vocabulary are not supported");
  }
  if (ggufNumbers(metadata, "tokenizer.ggml.scores") === undefined) {
    throw new Unusable("its vocabulary has no scores (tokenizer.ggml.scores)");
  }
  const byteIds = Array.from({ length: 256 }, (): Token => -1);
  for (const { id, text, kind } of rows) {
    const byte = kind === kinds.byte ? byteOf(text) : undefined;
    if (byte !== undefined) byteIds[byte] = id;
  }
  if (byteIds.includes(-1)) throw new Unusable("its vocabulary lacks tokens for single bytes");
  const ids = new Map(
    rows
      .filter((row) => !isSpecial(row) && row.kind !== kinds.byte)
      .map(({ text, id }) => [text, id]),
  );
  const prefix = (ggufFlag(metadata, "tokenizer.ggml.add_space_prefix") ?? true) ? " " : "";
  const vocabulary = { ids, scores: rows.map(({ score }) => score), byteIds };
  const cut = userDefinedCut(rows);
  return {
    entryOf(row) {
      if (isSpecial(row)) return special;
      const byte = row.kind === kinds.byte ? byteOf(row.text) : undefined;
      if (byte !== undefined) return { kind: "text", bytes: Uint8Array.of(byte) };
      return textEntry(row.kind === kinds.userDefined ? row.text : row.text.replaceAll("▁", " "));
    },
    encodeFragment: (text) =>
      cut(text).flatMap((piece) =>
        typeof piece === "number"
          ? [piece]
          : encodeSpm(vocabulary, (prefix + piece).replaceAll(" ", "▁")),
      ),
    addsBosDefault: true,
    bosDefault: 1,
    eosDefault: 2,
  };
}

const byteOf = (text: string): number | undefined => {
  const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
};

/** Tokens that the model's author added as plain text are found before anything is merged. */
function userDefinedCut(rows: readonly Row[]): (text: string) => readonly (string | Token)[] {
  const added = new Map(
    rows
      .filter((row) => row.kind === kinds.userDefined && row.text !== "" && !isSpecial(row))
      .map(({ text, id }) => [text, id]),
  );
  return cutter(added);
}

function bpeParts(metadata: GgufMetadata, rows: readonly Row[], model: string | undefined): Parts {
  if (model !== "gpt2") {
    throw new Unusable(
      `tokenizers of kind ${model ?? "(none)"} are not supported: "llama" and "gpt2" are`,
    );
  }
  const merges = ggufTexts(metadata, "tokenizer.ggml.merges");
  if (merges === undefined) throw new Unusable("its vocabulary has no merges");
  const splitting = preTokenizerOf(ggufText(metadata, "tokenizer.ggml.pre"));
  const encode = huggingFaceEncoder(
    byteLevelModel(splitting, {
      merges,
      tokens: rows
        .filter((row) => !isSpecial(row) && row.kind !== kinds.userDefined)
        .map(({ text, id }) => ({ text, id })),
    }),
  );
  const cut = userDefinedCut(rows);
  return {
    entryOf(row) {
      if (isSpecial(row)) return special;
      if (row.kind === kinds.userDefined) return textEntry(row.text);
      const bytes = readByteAlphabet(row.text);
      return bytes === undefined ? textEntry(row.text) : { kind: "text", bytes };
    },
    encodeFragment: (text) =>
      cut(text).flatMap((piece) => (typeof piece === "number" ? [piece] : encode(piece, true))),
    addsBosDefault: splitting.addsBos,
    bosDefault: 11,
    eosDefault: 11,
  };
}
