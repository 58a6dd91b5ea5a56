// Cached blocks that nobody holds, and which of them gives way when memory is needed. Law: the tenant that has filled more
// than its share of the memory with them gives the one it used longest ago; while nobody has, the one goes that was used
// longest ago, whoever's it is. So what one tenant floods the cache with costs the others nothing that they use.

import type { TenantId } from "#shared/model/ids.ts";
import type { BlockId } from "./block-pool.ts";
import { BlockQueue } from "./block-queue.ts";

const nowhere = -1;

interface OwnBlocks {
  first: BlockId;
  last: BlockId;
  size: number;
}

export class EvictableBlocks {
  readonly #all: BlockQueue;
  /** Neighbours of each block among those of its tenant. */
  readonly #after: Int32Array;
  readonly #before: Int32Array;
  /** Present while the block is in. */
  readonly #owners: (TenantId | undefined)[];
  readonly #own = new Map<TenantId, OwnBlocks>();
  readonly #shareBlocks: number;
  /** Tenants beyond their share: fewer than shares fit into the whole. */
  readonly #beyond = new Map<TenantId, OwnBlocks>();

  constructor(totalBlocks: number, share: number) {
    this.#all = new BlockQueue(totalBlocks);
    this.#after = new Int32Array(totalBlocks);
    this.#before = new Int32Array(totalBlocks);
    this.#owners = Array.from({ length: totalBlocks });
    this.#shareBlocks = Math.max(1, Math.floor(totalBlocks * share));
  }

  get size(): number {
    return this.#all.size;
  }

  has(id: BlockId): boolean {
    return this.#all.has(id);
  }

  /** The next to give way. */
  first(): BlockId | undefined {
    let most: OwnBlocks | undefined;
    for (const own of this.#beyond.values()) {
      if (most === undefined || own.size > most.size) most = own;
    }
    return most === undefined ? this.#all.first() : most.first;
  }

  /** Used until now: behind all others. */
  add(id: BlockId, owner: TenantId): void {
    if (this.has(id)) return;
    this.#all.add(id);
    this.#owners[id] = owner;
    const own = this.#own.get(owner);
    this.#before[id] = own?.last ?? nowhere;
    this.#after[id] = nowhere;
    if (own === undefined) {
      this.#own.set(owner, { first: id, last: id, size: 1 });
      return;
    }
    this.#after[own.last] = id;
    own.last = id;
    own.size++;
    if (own.size > this.#shareBlocks) this.#beyond.set(owner, own);
  }

  delete(id: BlockId): boolean {
    const owner = this.#owners[id];
    const own = owner === undefined ? undefined : this.#own.get(owner);
    if (owner === undefined || own === undefined) return false;
    this.#all.delete(id);
    this.#owners[id] = undefined;
    const before = this.#before[id] ?? nowhere;
    const after = this.#after[id] ?? nowhere;
    if (before === nowhere) own.first = after;
    else this.#after[before] = after;
    if (after === nowhere) own.last = before;
    else this.#before[after] = before;
    own.size--;
    if (own.size <= this.#shareBlocks) this.#beyond.delete(owner);
    if (own.size === 0) this.#own.delete(owner);
    return true;
  }
}
