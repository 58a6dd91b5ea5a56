// Which worker last got a prompt with these first blocks: its prefix cache may still hold them. A guess, bounded in
// two generations: when the younger is full, prefixes unused since it began are forgotten.

import type { WorkerId } from "#shared/model/ids.ts";

export class PrefixAffinity {
  readonly #generationMax: number;
  #younger: Map<string, WorkerId> = new Map();
  #elder: Map<string, WorkerId> = new Map();

  constructor(generationMax: number) {
    this.#generationMax = generationMax;
  }

  workerOf(prefixKey: string): WorkerId | undefined {
    if (prefixKey === "") return undefined;
    return this.#younger.get(prefixKey) ?? this.#elder.get(prefixKey);
  }

  remember(prefixKey: string, worker: WorkerId): void {
    if (prefixKey === "") return;
    const isNew = this.#younger.get(prefixKey) === undefined;
    if (isNew && this.#younger.size >= this.#generationMax) {
      this.#elder = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(prefixKey, worker);
  }

  /** The worker's life is over and its cache with it. */
  forget(worker: WorkerId): void {
    for (const generation of [this.#younger, this.#elder]) {
      for (const [prefixKey, holder] of generation) {
        if (holder === worker) generation.delete(prefixKey);
      }
    }
  }
}
