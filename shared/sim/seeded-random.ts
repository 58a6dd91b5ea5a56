// Repeatable chance: one stream of 32-bit integers per (seed, purpose), so that a draw added to one purpose
// shifts no other. The generator is sfc32 (Doty-Humphrey, PractRand): integers only, equal on every machine.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";

const two32 = 0x1_0000_0000;

export class SeededRandom {
  readonly #seed: number;
  readonly #purpose: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, purpose: string) {
    this.#seed = seed;
    this.#purpose = purpose;
    this.#a = fnv1a32(purpose);
    this.#b = fmix32(seed >>> 0);
    this.#c = fmix32(Math.floor(seed / two32) ^ this.#a);
    for (let round = 0; round < 12; round++) this.next32();
  }

  /** The stream of a narrower purpose: independent of what was drawn here. */
  derive(purpose: string): SeededRandom {
    return new SeededRandom(this.#seed, `${this.#purpose}/${purpose}`);
  }

  /** An unsigned 32-bit integer. */
  next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer from 0 up to but without `end`. */
  below(end: number): number {
    return Math.floor((this.next32() / two32) * end);
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** In [0, 1). */
  fraction(): number {
    return this.next32() / two32;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next32() < probability * two32;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** A new list with the same items in another order. Fisher and Yates. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const rest = [...items];
    const mixed: Item[] = [];
    while (rest.length > 0) mixed.push(...rest.splice(this.below(rest.length), 1));
    return mixed;
  }
}
