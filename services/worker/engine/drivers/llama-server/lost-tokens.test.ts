import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenEntry } from "#shared/tokenizer/token-table.ts";
import { tableVocabulary } from "#shared/tokenizer/token-table.ts";
import type { Gap } from "./lost-tokens.ts";
import { lostTokensOf } from "./lost-tokens.ts";

const bytes = (...values: number[]): TokenEntry => ({
  kind: "text",
  bytes: Uint8Array.from(values),
});
const text = (said: string): TokenEntry => ({ kind: "text", bytes: Buffer.from(said) });

// 中 is e4 b8 ad; 😀 is f0 9f 98 80.
const singles = [0xe4, 0xb8, 0xad, 0xf0, 0x9f, 0x98, 0x80];
const entries = [...singles.map((byte) => bytes(byte)), text("a"), { kind: "special" } as const];
const id = { e4: 0, b8: 1, ad: 2, f0: 3, "9f": 4, "98": 5, "80": 6, a: 7, special: 8 };

function check(gap: Gap, more: readonly TokenEntry[] = []): readonly number[] | undefined {
  const vocabulary = tableVocabulary({
    name: "t",
    entries: [...entries, ...more],
    endIds: new Set(),
  });
  return lostTokensOf(vocabulary)(gap);
}

const one = entries.length;

test("bytes one by one leave no choice", () => {
  assert.deepEqual(check({ text: "中", token: id.ad, lostTokens: 2 }), [id.e4, id.b8]);
  assert.deepEqual(check({ text: "😀", token: id["80"], lostTokens: 3 }), [
    id.f0,
    id["9f"],
    id["98"],
  ]);
});

test("one token of several bytes is the only one that has them", () => {
  assert.deepEqual(check({ text: "中", token: id.ad, lostTokens: 1 }, [bytes(0xe4, 0xb8)]), [one]);
});

test("a token that begins with whole characters is found by all of its bytes", () => {
  const more = [bytes(0x61, 0xe4, 0xb8)];
  assert.deepEqual(check({ text: "a中", token: id.ad, lostTokens: 1 }, more), [one]);
});

test("two ways to write the same bytes are a choice, and nothing is said", () => {
  // [e4 b8] [ad f0]… may be [e4] [b8 ad f0]: both of two tokens.
  const more = [bytes(0xf0, 0x9f), bytes(0x9f, 0x98)];
  assert.equal(check({ text: "😀", token: id["80"], lostTokens: 2 }, more), undefined);
});

test("fewer tokens than are missing are a choice too: others of no text may be among them", () => {
  const more = [bytes(0xe4, 0xb8)];
  assert.equal(check({ text: "中", token: id.ad, lostTokens: 2 }, more), undefined);
});

test("two tokens of the same bytes are a choice", () => {
  const more = [bytes(0xe4)];
  assert.equal(check({ text: "中", token: id.ad, lostTokens: 2 }, more), undefined);
});

test("what was no text on its way, does not end as the token that came, or is too much, is not guessed", () => {
  assert.equal(check({ text: "\ufffd", token: id.ad, lostTokens: 1 }), undefined);
  assert.equal(check({ text: "中", token: id["80"], lostTokens: 2 }), undefined);
  assert.equal(check({ text: "中", token: id.special, lostTokens: 2 }), undefined);
  assert.equal(check({ text: "中", token: id.ad, lostTokens: 5 }), undefined);
  assert.equal(check({ text: "中".repeat(9), token: id.ad, lostTokens: 2 }), undefined);
});
