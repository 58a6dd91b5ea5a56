import assert from "node:assert/strict";
import { test } from "node:test";
import { cutter } from "./cut-text.ts";

function check(words: readonly string[], text: string, expect: readonly (string | number)[]): void {
  assert.deepEqual(cutter(new Map(words.map((word, index) => [word, index])))(text), expect);
}

test("a text is cut at its words, the longest of those that begin at one place", () => {
  check(["<a>", "<a><b>"], "x<a><b><a>", ["x", 1, 0]);
  check(["b", "ab"], "cab", ["c", 1]);
  check([], "text", ["text"]);
  check(["x"], "", []);
});

test("a word is no pattern, whatever characters it has", () => {
  const words = [
    "[INST]",
    "<|fim-prefix|>",
    "a.c",
    "$^",
    "\\s",
    "(x)?",
    "{2}",
    "/*",
    "▁<｜x｜>",
    "",
  ];
  for (const [index, word] of words.entries()) {
    check(words, `abc ${word} `, word === "" ? ["abc  "] : ["abc ", index, " "]);
  }
});
