// The JSON of a safetensors header, and no more of JSON than that: objects, lists, texts and whole numbers from 0. A key that
// is there twice, a number of another kind, or too much of anything is a flaw; depth and count are bounded before they cost.

import { Flaw } from "./flaw.ts";

export type HeaderValue = number | string | readonly HeaderValue[] | HeaderObject;
export type HeaderObject = ReadonlyMap<string, HeaderValue>;

export interface JsonBounds {
  readonly depthMax: number;
  readonly valuesMax: number;
  readonly textMax: number;
}

/** Throws `Flaw`. */
export function readStrictJson(text: string, bounds: JsonBounds): HeaderValue {
  const reader = new Reader(text, bounds);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  readonly #bounds: JsonBounds;
  #at = 0;
  #values = 0;

  constructor(text: string, bounds: JsonBounds) {
    this.#text = text;
    this.#bounds = bounds;
  }

  value(depth: number): HeaderValue {
    if (depth > this.#bounds.depthMax) throw this.#wrong("it nests too deeply");
    this.#values += 1;
    if (this.#values > this.#bounds.valuesMax) throw this.#wrong("it has too many values");
    const next = this.#peek();
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#list(depth);
    return next === '"' ? this.#string() : this.#whole();
  }

  end(): void {
    if (this.#peek() !== "") throw this.#wrong("something follows its end");
  }

  #object(depth: number): HeaderObject {
    const members = new Map<string, HeaderValue>();
    this.#take("{");
    if (this.#takes("}")) return members;
    do {
      if (this.#peek() !== '"') throw this.#wrong("a name was expected");
      const name = this.#string();
      if (members.has(name)) {
        throw new Flaw("duplicate_name", "The header names the same thing twice.", name);
      }
      this.#take(":");
      members.set(name, this.value(depth + 1));
    } while (this.#takes(","));
    this.#take("}");
    return members;
  }

  #list(depth: number): readonly HeaderValue[] {
    const elements: HeaderValue[] = [];
    this.#take("[");
    if (this.#takes("]")) return elements;
    do elements.push(this.value(depth + 1));
    while (this.#takes(","));
    this.#take("]");
    return elements;
  }

  #string(): string {
    const from = this.#at;
    let at = from + 1;
    while (this.#text[at] !== '"') {
      if (at >= this.#text.length) throw this.#wrong("a text has no end");
      if (at - from > this.#bounds.textMax) throw this.#wrong("a text is too long");
      at += this.#text[at] === "\\" ? 2 : 1;
    }
    this.#at = at + 1;
    try {
      return JSON.parse(this.#text.slice(from, this.#at)) as string;
    } catch {
      throw this.#wrong("a text is not written as JSON has it");
    }
  }

  #whole(): number {
    const digits = /^(?:0|[1-9]\d{0,15})(?![\d.eE])/.exec(
      this.#text.slice(this.#at, this.#at + 18),
    );
    const number = digits === null ? Number.NaN : Number(digits[0]);
    if (!Number.isSafeInteger(number)) throw this.#wrong("a whole number from 0 was expected");
    this.#at += digits?.[0].length ?? 0;
    return number;
  }

  /** Empty: the end. */
  #peek(): string {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at += 1;
    return this.#text[this.#at] ?? "";
  }

  #takes(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at += 1;
    return true;
  }

  #take(sign: string): void {
    if (!this.#takes(sign)) throw this.#wrong(`${sign} was expected`);
  }

  #wrong(what: string): Flaw {
    return new Flaw("bad_header", `The header cannot be read at character ${this.#at}: ${what}.`);
  }
}
