// Blocks in the order in which they came, any of them removed at once: a ring of neighbours, so that nothing is made
// and nothing is walked over (the first of a large Set is found behind the holes of all that were deleted).

import type { BlockId } from "./block-pool.ts";

const nowhere = -1;

export class BlockQueue {
  /** Neighbours of each block; the last place is the queue's own end, before the first and after the last. */
  readonly #after: Int32Array;
  readonly #before: Int32Array;
  readonly #end: number;
  #size = 0;

  constructor(totalBlocks: number) {
    this.#end = totalBlocks;
    this.#after = new Int32Array(totalBlocks + 1).fill(nowhere);
    this.#before = new Int32Array(totalBlocks + 1).fill(nowhere);
    this.#after[this.#end] = this.#end;
    this.#before[this.#end] = this.#end;
  }

  get size(): number {
    return this.#size;
  }

  has(id: BlockId): boolean {
    return this.#after[id] !== nowhere;
  }

  first(): BlockId | undefined {
    return this.#size === 0 ? undefined : this.#after[this.#end];
  }

  /** At the end; what is in already stays where it is. */
  add(id: BlockId): void {
    if (this.has(id)) return;
    const last = this.#before[this.#end] ?? this.#end;
    this.#join(last, id);
    this.#join(id, this.#end);
    this.#size++;
  }

  delete(id: BlockId): boolean {
    if (!this.has(id)) return false;
    this.#join(this.#before[id] ?? this.#end, this.#after[id] ?? this.#end);
    this.#after[id] = nowhere;
    this.#size--;
    return true;
  }

  #join(before: number, after: number): void {
    this.#after[before] = after;
    this.#before[after] = before;
  }
}
