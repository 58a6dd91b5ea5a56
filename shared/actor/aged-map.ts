// A map that knows its oldest entry, for memories that forget the oldest first. A plain Map keeps the same order, but
// leaves a hole where it deleted, and whoever asks for its first key walks over all the holes: with many thousand
// entries that is tens of microseconds for each one forgotten.

import { Fifo } from "./fifo.ts";

interface Entry<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  isLive: boolean;
}

/** Below this many dead entries a sweep is not worth its cost. */
const garbageMin = 64;

export class AgedMap<Key, Value> {
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  /** Oldest first; the dead among them are passed over. */
  readonly #byAge = new Fifo<Entry<Key, Value>>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** It is the youngest now, also if it was here before. */
  set(key: Key, value: Value): void {
    this.delete(key);
    const entry = { key, value, isLive: true };
    this.#entries.set(key, entry);
    this.#byAge.push(entry);
  }

  delete(key: Key): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    entry.isLive = false;
    this.#entries.delete(key);
    if (this.#byAge.length > 2 * this.#entries.size + garbageMin) this.#sweep();
    return true;
  }

  oldest(): readonly [Key, Value] | undefined {
    for (let entry = this.#byAge.first(); entry !== undefined; entry = this.#byAge.first()) {
      if (entry.isLive) return [entry.key, entry.value];
      this.#byAge.shift();
    }
    return undefined;
  }

  /** Oldest first. */
  keys(): MapIterator<Key> {
    return this.#entries.keys();
  }

  clear(): void {
    this.#entries.clear();
    this.#byAge.clear();
  }

  #sweep(): void {
    this.#byAge.clear();
    for (const entry of this.#entries.values()) this.#byAge.push(entry);
  }
}
