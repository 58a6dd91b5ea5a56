import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import type { Token, Tokenizer } from "#shared/model/tokenizer.ts";
import { detokenize, flushDetokenizer, startDetokenizer } from "#shared/model/tokenizer.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import { huggingFaceTokenizer } from "./hugging-face-files.ts";
import {
  bpeEntries,
  metadataOf,
  spmEntries,
  tinyBpe,
  tinyFallbackJson,
  tinySpm,
  tinyTokenizerConfig,
  tinyTokenizerJson,
} from "./tiny-tokenizers.cases.ts";

const spm = ggufTokenizer(metadataOf(spmEntries()));
const bpe = ggufTokenizer(metadataOf(bpeEntries("qwen2")));
const json = huggingFaceTokenizer({
  name: "tiny",
  tokenizer: tinyTokenizerJson(),
  config: tinyTokenizerConfig,
});

const fallback = huggingFaceTokenizer({
  name: "fallback",
  tokenizer: tinyFallbackJson(),
  config: tinyTokenizerConfig,
});

/** A SentencePiece vocabulary writes every text with a space before it. */
const all: readonly { name: string; tokenizer: Tokenizer; prefix: string }[] = [
  { name: "SentencePiece of a GGUF", tokenizer: spm, prefix: " " },
  { name: "BPE of a GGUF", tokenizer: bpe, prefix: "" },
  { name: "tokenizer.json", tokenizer: json, prefix: "" },
  { name: "tokenizer.json with byte fallback", tokenizer: fallback, prefix: " " },
];

export function idsOf(prompt: Uint8Array | { readonly why: string }): readonly Token[] {
  assert.ok(!("why" in prompt));
  const bytes = Buffer.from(prompt);
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4));
}

/** In frames of so many tokens, as a stream brings them. */
function textOf(tokenizer: Tokenizer, tokens: readonly Token[], step = tokens.length): string {
  const detokenizer = startDetokenizer(tokenizer.vocabulary);
  let text = "";
  for (let at = 0; at < tokens.length; at += Math.max(1, step)) {
    text += detokenize(detokenizer, tokens.slice(at, at + step));
  }
  return text + flushDetokenizer(detokenizer);
}

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom(
        "the",
        " house",
        " quick",
        "  ",
        "\n",
        "\r\n",
        "1234",
        "<|im_end|>",
        "</s>",
        "<s>",
        "<tool>",
        "<0x0A>",
        "🙂",
        "\u{FEFF}",
        "é",
        "日本",
        "\uE000",
        "'LL",
      ),
    )
    .map((parts) => parts.join("")),
);

for (const { name, tokenizer, prefix } of all) {
  // `▁` is how SentencePiece writes a space: it comes back as one.
  const shown = (text: string): string =>
    text === "" ? "" : prefix + (prefix === "" ? text : text.replaceAll("▁", " "));

  test(`${name}: any text comes back, however its tokens arrive`, () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 4 }), (text, step) => {
        assert.equal(textOf(tokenizer, tokenizer.encode(text), step), shown(text));
      }),
      { numRuns: 500 },
    );
  });

  test(`${name}: no text becomes a special token`, () => {
    const { specialIds } = tokenizer.vocabulary;
    assert.ok(specialIds.size > 2);
    fc.assert(
      fc.property(anyText, (text) => {
        assert.ok(tokenizer.encode(text).every((id) => !specialIds.has(id)));
      }),
      { numRuns: 500 },
    );
  });

  test(`${name}: what a client writes stays text in a chat, whatever it looks like`, () => {
    const { specialIds } = tokenizer.vocabulary;
    const chat = (text: string): readonly Token[] =>
      idsOf(tokenizer.chatPrompt([{ role: "user", text }]));
    const specialsIn = (ids: readonly Token[]): readonly Token[] =>
      ids.filter((id) => specialIds.has(id));
    const own = specialsIn(chat("Hello"));
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = chat(text);
        assert.deepEqual(specialsIn(ids), own);
        const said = textOf(tokenizer, ids);
        assert.ok(said.includes(shown(text.trim()).trim()), said);
      }),
      { numRuns: 500 },
    );
  });

  test(`${name}: what no token stands for has no text, and nothing breaks`, () => {
    assert.equal(textOf(tokenizer, [4_000_000_000, ...tokenizer.encode("the")]), shown("the"));
    assert.equal(textOf(tokenizer, [...tokenizer.vocabulary.specialIds]), "");
  });
}

test("goldens: a chat in each kind of vocabulary", () => {
  const chat = [
    { role: "system", text: "the house" },
    { role: "user", text: "<|im_end|>\n" },
  ];
  const words = (tokens: readonly string[], ids: readonly Token[]): string =>
    ids.map((id) => tokens[id]).join(" ");
  assert.equal(
    words(tinyBpe().tokens, idsOf(bpe.chatPrompt(chat))),
    "<|im_start|> s y s t e m Ċ the Ġhouse <|im_end|> Ċ <|im_start|> us er Ċ < | i m _ e n d | > <|im_end|> Ċ <|im_start|> a s s i s t a n t Ċ",
  );
  assert.deepEqual(idsOf(json.chatPrompt(chat)), idsOf(bpe.chatPrompt(chat)));
  assert.equal(
    words(tinySpm().tokens, idsOf(spm.chatPrompt(chat))),
    "<s> <|im_start|> ▁ s y s t e m <0x0A> the ▁house <|im_end|> ▁ <0x0A> <|im_start|> ▁ us er <0x0A> < <0x7C> i m <0x5F> e n d <0x7C> > <|im_end|> ▁ <0x0A> <|im_start|> ▁a s s i s t a n t <0x0A>",
  );
});

test("a plain prompt begins as the model's prompts do", () => {
  assert.deepEqual(idsOf(spm.textPrompt("the")), [1, ...spm.encode("the")]);
  assert.deepEqual(idsOf(spm.textPrompt("")), [1]);
  assert.deepEqual(idsOf(fallback.textPrompt("the")), [1, ...fallback.encode("the")]);
  assert.deepEqual(idsOf(bpe.textPrompt("the")), bpe.encode("the"));
});

test("the same vocabulary gives the same tokens, out of either file", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.deepEqual(json.encode(text), bpe.encode(text));
    }),
    { numRuns: 500 },
  );
});

test("what ends the output is known: by the file's word and by the usual names", () => {
  const ends = (tokenizer: Tokenizer, tokens: readonly string[]): readonly string[] =>
    [...tokenizer.vocabulary.endIds].map((id) => tokens[id] ?? "").toSorted();
  assert.deepEqual(ends(spm, tinySpm().tokens), ["</s>", "<|im_end|>"]);
  assert.deepEqual(ends(bpe, tinyBpe().tokens), ["<|endoftext|>", "<|im_end|>"]);
  assert.deepEqual(ends(json, tinyBpe().tokens), ["<|im_end|>"]);
});

test("a model without a chat template, or whose template refuses, says so", () => {
  const without = bpeEntries("qwen2").filter(([key]) => key !== "tokenizer.chat_template");
  const plain = ggufTokenizer(metadataOf(without)).chatPrompt([{ role: "user", text: "x" }]);
  assert.match("why" in plain ? plain.why : "", /no chat template/);
  const strict = huggingFaceTokenizer({
    name: "strict",
    tokenizer: tinyTokenizerJson(),
    chatTemplate:
      "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system here') }}{% endif %}{{ messages[0]['content'] }}",
  });
  const refused = strict.chatPrompt([{ role: "system", text: "x" }]);
  assert.match("why" in refused ? refused.why : "", /refuses these messages.*no system here/);
});

test("a template that works on what was said makes no special token of it either", () => {
  const hostile = huggingFaceTokenizer({
    name: "hostile",
    tokenizer: tinyTokenizerJson(),
    chatTemplate: "<|im_start|>{{ messages[0]['content'] | replace('x', '') | lower }}",
  });
  const { specialIds } = hostile.vocabulary;
  for (const text of ["<|imx_end|>", "<|IM_END|>", "<x|im_end|>"]) {
    const ids = idsOf(hostile.chatPrompt([{ role: "user", text }]));
    assert.equal(ids.filter((id) => specialIds.has(id)).length, 1, text);
    assert.equal(textOf(hostile, ids), "<|im_end|>");
  }
});
