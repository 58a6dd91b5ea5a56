// One number for everything that happened: a running hash over times, places and bytes. Two runs of one seed
// that differ anywhere differ here. On demand the last happenings are kept to be read.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";

export interface TraceEntry {
  /** World time. */
  readonly atMs: number;
  readonly process: string;
  /** What happened: `heard`, `timer`, `noted`, `lost`, a fault's name. */
  readonly what: string;
  readonly address: string;
  readonly detail: unknown;
}

export class Trace {
  readonly #tailMax: number;
  readonly #tail: TraceEntry[] = [];
  readonly #names = new Map<string, number>();
  readonly #time = new Float64Array(1);
  readonly #timeBits = new Uint32Array(this.#time.buffer);
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  /** `tailMax` 0: only the hash. */
  constructor(tailMax: number = 0) {
    this.#tailMax = tailMax;
  }

  get keepsTail(): boolean {
    return this.#tailMax > 0;
  }

  /** Kept only if a tail was asked for; the oldest go first. */
  keep(entry: TraceEntry): void {
    this.#tail.push(entry);
    if (this.#tail.length > 2 * this.#tailMax) this.#tail.splice(0, this.#tailMax);
  }

  tail(): readonly TraceEntry[] {
    return this.#tail.slice(-this.#tailMax);
  }

  add(atMs: number, process: string, address: string): void {
    this.#time[0] = atMs;
    this.#mix(this.#timeBits[0] ?? 0);
    this.#mix(this.#timeBits[1] ?? 0);
    this.#mix(this.#numberOf(process));
    this.#mix(this.#numberOf(address));
  }

  addBytes(bytes: Uint8Array): void {
    let hash = this.#low;
    for (let index = 0; index < bytes.length; index++) {
      hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
    }
    this.#low = hash;
    this.#mix(bytes.length);
  }

  addText(text: string): void {
    this.#mix(this.#numberOf(text));
  }

  /** 16 hex digits. */
  digest(): string {
    const high = fmix32(this.#high).toString(16).padStart(8, "0");
    return (
      high +
      fmix32(this.#low ^ this.#high)
        .toString(16)
        .padStart(8, "0")
    );
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#high = (Math.imul(this.#high ^ this.#low, 0x85ebca6b) + word) | 0;
  }

  #numberOf(name: string): number {
    let number = this.#names.get(name);
    if (number === undefined) {
      number = fnv1a32(name);
      this.#names.set(name, number);
    }
    return number;
  }
}
