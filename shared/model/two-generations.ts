// A map that is bounded by forgetting: when the younger generation is full, the elder is forgotten whole. An entry lives
// for at least one generation after it was last set. Every operation is O(1).
// (Deleting the first key of a large Map again and again is not: the holes are walked each time.)

export class TwoGenerations<Key, Value> {
  readonly #generationMax: number;
  #younger: Map<Key, Value> = new Map();
  #elder: Map<Key, Value> = new Map();

  constructor(generationMax: number) {
    this.#generationMax = generationMax;
  }

  /** Never above twice the generation's maximum. */
  get size(): number {
    return this.#younger.size + this.#elder.size;
  }

  get(key: Key): Value | undefined {
    return this.#younger.get(key) ?? this.#elder.get(key);
  }

  has(key: Key): boolean {
    return this.#younger.has(key) || this.#elder.has(key);
  }

  /** Into the younger generation. True: it was full, and what was the elder is forgotten. */
  set(key: Key, value: Value): boolean {
    if (this.#younger.get(key) === value) return false;
    const isFull = this.#younger.size >= this.#generationMax && !this.#younger.has(key);
    if (isFull) {
      this.#elder = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, value);
    if (this.#elder.size > 0) this.#elder.delete(key);
    return isFull;
  }

  delete(key: Key): void {
    this.#younger.delete(key);
    this.#elder.delete(key);
  }

  /** The elder first. */
  *[Symbol.iterator](): IterableIterator<[Key, Value]> {
    yield* this.#elder;
    yield* this.#younger;
  }
}
