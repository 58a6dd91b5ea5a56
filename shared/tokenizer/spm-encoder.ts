// SentencePiece's BPE as llama.cpp runs it on a GGUF's `llama` vocabulary: characters are merged pairwise into tokens, the
// best score first and the leftmost of equals; a character without a token becomes its bytes. Control tokens are no
// targets of a merge: text never becomes one, whatever pieces the vocabulary has.

import type { Token } from "#shared/model/tokenizer.ts";

export interface SpmVocabulary {
  /** Tokens that text may become, by their text with `▁` for a space. */
  readonly ids: ReadonlyMap<string, Token>;
  readonly scores: readonly number[];
  /** By byte. */
  readonly byteIds: readonly Token[];
}

/** A text without special tokens; spaces are `▁` already. */
export function encodeSpm(vocabulary: SpmVocabulary, text: string): Token[] {
  const symbols = new Symbols(text);
  const bigrams = new Bigrams();
  const offer = (left: number, right: number): void => {
    if (left < 0 || right < 0) return;
    const end = symbols.end(right);
    const id = vocabulary.ids.get(text.slice(symbols.start(left), end));
    if (id !== undefined) bigrams.push({ score: vocabulary.scores[id] ?? 0, left, right, end });
  };
  for (let index = 1; index < symbols.count; index++) offer(index - 1, index);
  for (let best = bigrams.pop(); best !== undefined; best = bigrams.pop()) {
    const { left, right, end } = best;
    // One of its halves was merged with another, or has grown.
    if (symbols.next(left) !== right || symbols.end(right) !== end) continue;
    symbols.merge(left, right);
    offer(symbols.previous(left), left);
    offer(left, symbols.next(left));
  }
  return symbols
    .pieces()
    .flatMap((piece) => vocabulary.ids.get(piece) ?? bytesOf(vocabulary, piece));
}

function bytesOf({ byteIds }: SpmVocabulary, character: string): Token[] {
  return [...Buffer.from(character, "utf8")].map((byte) => byteIds[byte] ?? 0);
}

/** A chain of adjacent stretches of the text, at first a character each. -1: there is none. */
class Symbols {
  readonly #text: string;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #previous: number[] = [];
  readonly #next: number[] = [];

  constructor(text: string) {
    this.#text = text;
    let at = 0;
    for (const character of text) {
      const index = this.#starts.length;
      this.#starts.push(at);
      at += character.length;
      this.#ends.push(at);
      this.#previous.push(index - 1);
      this.#next.push(at < text.length ? index + 1 : -1);
    }
  }

  get count(): number {
    return this.#starts.length;
  }

  readonly start = (index: number): number => this.#starts[index] ?? -1;
  readonly end = (index: number): number => this.#ends[index] ?? -1;
  readonly previous = (index: number): number => this.#previous[index] ?? -1;
  /** Of one that was merged into another: none. */
  readonly next = (index: number): number => this.#next[index] ?? -1;

  merge(left: number, right: number): void {
    const after = this.next(right);
    this.#ends[left] = this.end(right);
    this.#next[left] = after;
    this.#next[right] = -1;
    this.#previous[right] = -1;
    if (after >= 0) this.#previous[after] = left;
  }

  pieces(): readonly string[] {
    const pieces: string[] = [];
    for (let index = this.count > 0 ? 0 : -1; index >= 0; index = this.next(index)) {
      pieces.push(this.#text.slice(this.start(index), this.end(index)));
    }
    return pieces;
  }
}

interface Bigram {
  readonly score: number;
  readonly left: number;
  readonly right: number;
  /** Of the right half, when it was offered. */
  readonly end: number;
}

const isBefore = (a: Bigram, b: Bigram): boolean =>
  a.score > b.score || (a.score === b.score && a.left < b.left);

/** A binary heap, the best bigram first. */
class Bigrams {
  readonly #heap: Bigram[] = [];

  push(bigram: Bigram): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(bigram);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(bigram, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = bigram;
  }

  pop(): Bigram | undefined {
    const heap = this.#heap;
    const best = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return best;
    let at = 0;
    for (;;) {
      const childAt = this.#bestChild(at);
      const child = childAt === undefined ? undefined : heap[childAt];
      if (childAt === undefined || child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return best;
  }

  #bestChild(at: number): number | undefined {
    const leftAt = 2 * at + 1;
    const left = this.#heap[leftAt];
    const right = this.#heap[leftAt + 1];
    if (left === undefined) return undefined;
    return right !== undefined && isBefore(right, left) ? leftAt + 1 : leftAt;
  }
}
