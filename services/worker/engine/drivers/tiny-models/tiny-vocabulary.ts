// The vocabulary of all tiny models: five special tokens, every byte, single characters, and words of syllables.

import { uniformNumbers } from "./seeded-numbers.ts";

export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly scores: readonly number[];
  readonly types: readonly number[];
}

/** As llama.cpp numbers them. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

export const specialIds = { unknown: 0, begin: 1, end: 2, endOfTurn: 4 } as const;

const special = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"];
const consonants = "bcdfghjklmnprstvwz";
const vowels = "aeiou";
const wordsWanted = 120;
/** One for all models, so that a token id means the same to each. */
const wordSeed = 7;

export function tinyVocabulary(): Vocabulary {
  const { control, unknown, byte, normal } = tokenTypes;
  const tokens = [...special];
  const scores = special.map(() => 0);
  const types: number[] = special.map((_, id) => (id === 0 ? unknown : control));
  for (let value = 0; value < 256; value++) {
    tokens.push(`<0x${value.toString(16).toUpperCase().padStart(2, "0")}>`);
    scores.push(0);
    types.push(byte);
  }
  const known = new Set(tokens);
  const add = (token: string, score: number): void => {
    if (known.has(token)) return;
    known.add(token);
    tokens.push(token);
    scores.push(score);
    types.push(normal);
  };
  add("▁", -1000);
  for (let code = 33; code < 127; code++) add(String.fromCharCode(code), -1001 - code);
  // Two, three and four bytes of UTF-8.
  ["é", "日", "🙂"].forEach((letter, index) => add(letter, -1500 - index));
  const pieces = wordPieces();
  pieces.forEach((piece, rank) => add(piece, -10 - rank));
  pieces.forEach((piece, rank) => add(`▁${piece}`, -5 - rank / 2));
  for (const letter of consonants + vowels) add(`▁${letter}`, -900);
  return { tokens, scores, types };
}

/** Every prefix of every word, the longest first: the tokenizer merges pairwise, and reaches a word over its prefixes only. */
function wordPieces(): readonly string[] {
  const next = uniformNumbers(wordSeed);
  const pick = (letters: string): string => letters.charAt(Math.floor(next() * letters.length));
  const words = new Set<string>();
  for (let tries = 0; words.size < wordsWanted && tries < wordsWanted * 50; tries++) {
    const syllables = 1 + Math.floor(next() * 3);
    let word = "";
    for (let count = 0; count < syllables; count++) word += pick(consonants) + pick(vowels);
    words.add(word);
  }
  const pieces = new Set<string>();
  for (const word of words) {
    for (let end = 2; end <= word.length; end++) pieces.add(word.slice(0, end));
  }
  return [...pieces].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}
