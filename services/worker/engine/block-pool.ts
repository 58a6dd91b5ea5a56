// The KV memory of one replica in whole blocks. Law: every block is free, evictable (cached, held by nobody) or
// held, and the three add up; a cached block is only ever found again from the namespace that filled it.

import { assert } from "#shared/actor/assert.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { BlockName } from "./block-hash.ts";
import { EvictableBlocks } from "./evictable-blocks.ts";

export type BlockId = number;

const nobody = "" as TenantId;
/** Alone a tenant has all the same; two split it. */
const prefixShareDefault = 0.5;

export interface BlockPool {
  readonly totalBlocks: number;
  /** Blocks that hold nothing. */
  readonly free: BlockId[];
  /** How many sequences hold each block. */
  readonly holders: Int32Array;
  /** Present for cached blocks: the name under which `byName` finds it. */
  readonly names: (BlockName | undefined)[];
  readonly namespaces: string[];
  /** Who filled each cached block: it counts for that tenant's share of the cache. */
  readonly owners: TenantId[];
  readonly byName: Map<BlockName, BlockId>;
  /** Cached blocks held by nobody. */
  readonly evictable: EvictableBlocks;
}

/** `prefixShare`: of all blocks, what one tenant may fill with unused prefixes before its own give way first. */
export function createBlockPool(
  totalBlocks: number,
  prefixShare: number = prefixShareDefault,
): BlockPool {
  const free: BlockId[] = [];
  for (let id = totalBlocks - 1; id >= 0; id--) free.push(id);
  return {
    totalBlocks,
    free,
    holders: new Int32Array(totalBlocks),
    names: Array.from({ length: totalBlocks }),
    namespaces: Array.from({ length: totalBlocks }, () => ""),
    owners: Array.from({ length: totalBlocks }, () => nobody),
    byName: new Map(),
    evictable: new EvictableBlocks(totalBlocks, prefixShare),
  };
}

/** What can be allocated: free, or cached and held by nobody. */
export const availableBlocks = (pool: BlockPool): number => pool.free.length + pool.evictable.size;

/** Held by running sequences, a shared block once. */
export const usedBlocks = (pool: BlockPool): number => pool.totalBlocks - availableBlocks(pool);

/** An empty block with one holder; a cached block is evicted for it. */
export function allocateBlock(pool: BlockPool): BlockId | undefined {
  const id = pool.free.pop() ?? evictBlock(pool);
  if (id !== undefined) pool.holders[id] = 1;
  return id;
}

function evictBlock(pool: BlockPool): BlockId | undefined {
  const id = pool.evictable.first();
  if (id === undefined) return undefined;
  pool.evictable.delete(id);
  forgetContent(pool, id);
  return id;
}

/** The block that holds this prefix for this namespace, if any. Another namespace's block is a miss, whatever its name. */
export function findBlock(
  pool: BlockPool,
  namespace: string,
  name: BlockName,
): BlockId | undefined {
  const id = pool.byName.get(name);
  return id !== undefined && pool.namespaces[id] === namespace ? id : undefined;
}

/** One more holder of a cached block. */
export function shareBlock(pool: BlockPool, namespace: string, id: BlockId): void {
  assert(pool.namespaces[id] === namespace, "a block is read by its own namespace only");
  const holders = pool.holders[id] ?? 0;
  if (holders === 0) assert(pool.evictable.delete(id), "a block without a holder is evictable");
  pool.holders[id] = holders + 1;
}

/** A full block can be found from now on. Of two equal blocks the first one stays the cached one. */
export function cacheBlock(
  pool: BlockPool,
  {
    namespace,
    owner,
    name,
    id,
  }: { namespace: string; owner: TenantId; name: BlockName; id: BlockId },
): void {
  if (pool.names[id] !== undefined || pool.byName.has(name)) return;
  pool.byName.set(name, id);
  pool.names[id] = name;
  pool.namespaces[id] = namespace;
  pool.owners[id] = owner;
}

/** What is in a held block is not to be found again: it may be wrong. */
export function uncacheBlock(pool: BlockPool, id: BlockId): void {
  assert((pool.holders[id] ?? 0) > 0, "what is withdrawn from the cache is held");
  forgetContent(pool, id);
}

/** One holder less. Uncached blocks are free at once; cached ones stay until evicted. */
export function releaseBlock(pool: BlockPool, id: BlockId): void {
  const holders = pool.holders[id] ?? 0;
  assert(holders > 0, "a block is released once per holder");
  pool.holders[id] = holders - 1;
  if (holders > 1) return;
  if (pool.names[id] === undefined) pool.free.push(id);
  else pool.evictable.add(id, pool.owners[id] ?? nobody);
}

function forgetContent(pool: BlockPool, id: BlockId): void {
  const name = pool.names[id];
  if (name !== undefined) pool.byName.delete(name);
  pool.names[id] = undefined;
  pool.namespaces[id] = "";
  pool.owners[id] = nobody;
}

/** The law above, counted block by block: for tests and checkers. */
export function assertBlocksConserved(
  pool: BlockPool,
  tables: readonly (readonly BlockId[])[],
): void {
  const holders = new Int32Array(pool.totalBlocks);
  for (const table of tables) {
    for (const id of table) holders[id] = (holders[id] ?? 0) + 1;
  }
  let held = 0;
  for (let id = 0; id < pool.totalBlocks; id++) {
    assert(holders[id] === pool.holders[id], "a block has as many holders as tables name it");
    if ((holders[id] ?? 0) > 0) held++;
  }
  for (const [name, id] of pool.byName) {
    assert(pool.names[id] === name, "a name leads to the block that has it");
  }
  assert(new Set(pool.free).size === pool.free.length, "a block is free once");
  assert(held === usedBlocks(pool), "blocks are conserved");
}
