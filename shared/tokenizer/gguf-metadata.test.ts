import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import { ggufTexts, readGgufMetadata } from "./gguf-metadata.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import type { Entry } from "./tiny-tokenizers.cases.ts";
import {
  bpeEntries,
  ggufBytes,
  long,
  metadataOf,
  readerOf,
  spmEntries,
  text,
  tinySpm,
  whole,
} from "./tiny-tokenizers.cases.ts";
import { Unusable } from "./unusable.ts";

const tiny = ggufBytes(spmEntries());

function unusable(run: () => unknown, why: RegExp): void {
  assert.throws(run, (error) => error instanceof Unusable && why.test(error.message));
}

test("what a file says of its tokenizer is read, and its digest is the content's", () => {
  const metadata = metadataOf(spmEntries());
  assert.deepEqual(ggufTexts(metadata, "tokenizer.ggml.tokens"), tinySpm().tokens);
  // What follows is tensors, and no part of it.
  const longer = Buffer.concat([tiny, Buffer.alloc(100)]);
  assert.equal(readGgufMetadata(readerOf(longer)).digest, metadata.digest);
  const other = spmEntries().map(([key, value]): Entry =>
    key === "tokenizer.chat_template" ? [key, "{{ x }}"] : [key, value],
  );
  assert.notEqual(metadataOf(other).digest, metadata.digest);
});

test("a file that ends anywhere inside its metadata is truncated, and nothing else is said", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: tiny.length - 1 }), (length) => {
      unusable(() => readGgufMetadata(readerOf(tiny.subarray(0, length))), /truncated/);
    }),
  );
});

test("bytes that were changed are read, or refused in words: never a crash, never without end", () => {
  fc.assert(
    fc.property(fc.nat({ max: tiny.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
      const bytes = Buffer.from(tiny);
      bytes[at] = value;
      try {
        ggufTokenizer(readGgufMetadata(readerOf(bytes)));
      } catch (error) {
        assert.ok(error instanceof Unusable, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("other files and other versions are named as that", () => {
  unusable(() => readGgufMetadata(readerOf(Buffer.from("<!doctype html>"))), /not a GGUF/);
  for (const other of ["", "{}\n", "GGU"]) {
    unusable(() => readGgufMetadata(readerOf(Buffer.from(other))), /not a GGUF/);
  }
  const version = (number: number): Buffer => Buffer.concat([Buffer.from("GGUF"), whole(number)]);
  unusable(() => readGgufMetadata(readerOf(version(1))), /version 1/);
  unusable(() => readGgufMetadata(readerOf(version(0x0300_0000))), /version/);
});

test("what a file only claims costs nothing", () => {
  const head = (entries: number): Buffer =>
    Buffer.concat([Buffer.from("GGUF"), whole(3), long(0), long(entries)]);
  unusable(() => readGgufMetadata(readerOf(head(2 ** 40))), /claims/);
  const hugeText = Buffer.concat([head(1), long(2 ** 50)]);
  unusable(() => readGgufMetadata(readerOf(hugeText)), /claims a text/);
  const hugeList = Buffer.concat([head(1), text("x"), whole(9), whole(4), long(2 ** 40)]);
  unusable(() => readGgufMetadata(readerOf(hugeList)), /claims an array/);
  const shortList = Buffer.concat([head(1), text("x"), whole(9), whole(4), long(4_000_000)]);
  unusable(() => readGgufMetadata(readerOf(shortList)), /truncated/);
  const nested = [9, 9, 9, 9].flatMap((type) => [whole(type), long(1)]);
  const deep = Buffer.concat([head(1), text("x"), whole(9), ...nested]);
  unusable(() => readGgufMetadata(readerOf(deep)), /too deeply|truncated|unknown type/);
});

const changed = (entries: readonly Entry[], key: string, value?: Entry[1]): readonly Entry[] => [
  ...entries.filter(([name]) => name !== key),
  ...(value === undefined ? [] : [[key, value] as const]),
];

test("a tokenizer that cannot be run exactly is refused by its name", () => {
  const check = (entries: readonly Entry[], why: RegExp): void =>
    unusable(() => ggufTokenizer(metadataOf(entries)), why);
  const spm = spmEntries();
  const bpe = bpeEntries("gpt-2");
  check(changed(spm, "tokenizer.ggml.model", "t5"), /kind t5 are not supported/);
  check(changed(spm, "tokenizer.ggml.model"), /kind \(none\)/);
  check(changed(spm, "tokenizer.ggml.tokens"), /no vocabulary/);
  check(changed(spm, "tokenizer.ggml.scores", { floats: [1, 2] }), /scores has 2 entries/);
  check(changed(spm, "tokenizer.ggml.scores"), /no scores/);
  check(
    changed(
      spm,
      "tokenizer.ggml.token_type",
      tinySpm().tokens.map(() => 1),
    ),
    /single bytes/,
  );
  check(changed(spm, "tokenizer.ggml.bos_token_id", 100_000), /bos_token_id is 100000/);
  check(changed(spm, "general.architecture", "phi3"), /phi3/);
  check(changed(spm, "tokenizer.chat_template", "{% for"), /chat template cannot be read/);
  check(changed(spm, "tokenizer.chat_template", "{{ 1 }}"), /leaves out/);
  check(changed(bpe, "tokenizer.ggml.pre", "viking"), /pre-tokenizer viking is not supported/);
  check(changed(bpe, "tokenizer.ggml.pre"), /pre-tokenizer \(none\)/);
  check(changed(bpe, "tokenizer.ggml.merges"), /no merges/);
});
