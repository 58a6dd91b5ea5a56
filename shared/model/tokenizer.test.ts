import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quadVocabulary } from "./quad-tokenizer.ts";
import type { Token } from "./tokenizer.ts";
import {
  bytesPerToken,
  detokenize,
  flushDetokenizer,
  startDetokenizer,
  tokenCount,
} from "./tokenizer.ts";

function tokenize(text: string): readonly Token[] {
  const bytes = Buffer.from(text, "utf8");
  const padded = Buffer.alloc(tokenCount(bytes) * bytesPerToken);
  bytes.copy(padded);
  return Array.from({ length: tokenCount(bytes) }, (_, index) => padded.readUInt32LE(index * 4));
}

test("a token is four bytes, the last one padded", () => {
  assert.equal(tokenCount(Buffer.from("")), 0);
  assert.equal(tokenCount(Buffer.from("abcd")), 1);
  assert.equal(tokenCount(Buffer.from("abcde")), 2);
});

test("any text without zero characters survives, however its tokens arrive", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
      fc.integer({ min: 1, max: 5 }),
      (text, step) => {
        const tokens = tokenize(text);
        const detokenizer = startDetokenizer(quadVocabulary);
        let received = "";
        for (let at = 0; at < tokens.length; at += step) {
          const piece = detokenize(detokenizer, tokens.slice(at, at + step));
          assert.ok(!piece.includes("\uFFFD") || text.includes("\uFFFD"));
          received += piece;
        }
        assert.equal(received + flushDetokenizer(detokenizer), text);
      },
    ),
  );
});

test("an unfinished character is held back, and shown as unfinished only at the end", () => {
  const detokenizer = startDetokenizer(quadVocabulary);
  const [first = 0] = tokenize("abc\u20AC");
  assert.equal(detokenize(detokenizer, [first]), "abc");
  assert.equal(flushDetokenizer(detokenizer), "\uFFFD");
});

test("a byte order mark is a character like any other, wherever a frame begins", () => {
  const mark = 0x00bfbbef;
  const x = 0x00000078;
  assert.equal(detokenize(startDetokenizer(quadVocabulary), [mark, x]), "\uFEFFx");
  const detokenizer = startDetokenizer(quadVocabulary);
  assert.equal(detokenize(detokenizer, [x]) + detokenize(detokenizer, [mark]), "x\uFEFF");
});
