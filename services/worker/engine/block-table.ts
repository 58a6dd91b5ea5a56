// The KV blocks of one sequence, in order, and who owns them. Every block of a table was filled by this sequence
// or found in its own namespace; releasing the table is the only way they go back, each once.

import { assert } from "#shared/actor/assert.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { BlockChain } from "./block-hash.ts";
import {
  allocateBlock,
  availableBlocks,
  cacheBlock,
  findBlock,
  releaseBlock,
  shareBlock,
  uncacheBlock,
} from "./block-pool.ts";
import type { BlockId, BlockPool } from "./block-pool.ts";

export interface BlockTable {
  readonly tenant: TenantId;
  readonly namespace: string;
  readonly blocks: BlockId[];
  /** Leading blocks that have been offered to the cache or came from it. */
  published: number;
  /** Of those, what came from it. */
  found: number;
}

export const emptyTable = (tenant: TenantId, namespace: string): BlockTable => ({
  tenant,
  namespace,
  blocks: [],
  published: 0,
  found: 0,
});

/**
 * Take what is cached of the first `tokens` tokens and allocate the rest, or take nothing at all if that
 * leaves less than `spareBlocks`. At least one token is left to compute: its output is what is wanted.
 */
export function fillTable(
  pool: BlockPool,
  table: BlockTable,
  { chain, tokens, spareBlocks }: { chain: BlockChain; tokens: number; spareBlocks: number },
): { readonly cachedTokens: number } | undefined {
  assert(table.blocks.length === 0, "a table is filled when it is empty");
  const cached = cachedPrefix(pool, table.namespace, chain, tokens);
  const needed = blocksFor(tokens, chain.blockTokens) - cached.length;
  const evictable = cached.filter((id) => pool.evictable.has(id)).length;
  if (availableBlocks(pool) - evictable - needed < spareBlocks) return undefined;
  for (const id of cached) {
    shareBlock(pool, table.namespace, id);
    table.blocks.push(id);
  }
  for (let index = 0; index < needed; index++) {
    assert(growTable(pool, table), "counted blocks can be allocated");
  }
  table.published = cached.length;
  table.found = cached.length;
  return { cachedTokens: cached.length * chain.blockTokens };
}

function cachedPrefix(
  pool: BlockPool,
  namespace: string,
  chain: BlockChain,
  tokens: number,
): BlockId[] {
  const wholeBlocks = Math.min(chain.names.length, Math.floor((tokens - 1) / chain.blockTokens));
  const found: BlockId[] = [];
  for (let index = 0; index < wholeBlocks; index++) {
    const id = findBlock(pool, namespace, chain.names[index] ?? 0);
    if (id === undefined) break;
    found.push(id);
  }
  return found;
}

/** One more block at the end, if there is any. */
export function growTable(pool: BlockPool, table: BlockTable): boolean {
  const id = allocateBlock(pool);
  if (id === undefined) return false;
  table.blocks.push(id);
  return true;
}

/** Let later sequences of the namespace find the blocks that `computedTokens` fill. */
export function publishBlocks(
  pool: BlockPool,
  table: BlockTable,
  { chain, computedTokens }: { chain: BlockChain; computedTokens: number },
): void {
  const full = Math.floor(computedTokens / chain.blockTokens);
  while (table.published < full) {
    const name = chain.names[table.published];
    const id = table.blocks[table.published];
    assert(name !== undefined && id !== undefined, "a computed block is in the table and named");
    cacheBlock(pool, { namespace: table.namespace, owner: table.tenant, name, id });
    table.published++;
  }
}

/** Nobody is to find again what this sequence computed. What it found itself stays: others computed that. */
export function withdrawBlocks(pool: BlockPool, table: BlockTable): void {
  for (const id of table.blocks.slice(table.found, table.published)) uncacheBlock(pool, id);
  table.published = table.found;
}

/** Give every block back. The tail goes first, so that a prefix outlives what was built on it. */
export function releaseTable(pool: BlockPool, table: BlockTable): number {
  const held = table.blocks.length;
  for (let id = table.blocks.pop(); id !== undefined; id = table.blocks.pop()) {
    releaseBlock(pool, id);
  }
  table.published = 0;
  table.found = 0;
  return held;
}
