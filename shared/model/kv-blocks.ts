// KV blocks: keys and values of a fixed number of tokens. A started block is a whole block.

import type { TenantId } from "./ids.ts";

/** What a tenant holds above its guarantee, over all workers of the pool. */
export interface KvLoan {
  readonly tenant: TenantId;
  readonly blocks: number;
}

export function blocksFor(tokens: number, blockTokens: number): number {
  return Math.ceil(tokens / blockTokens);
}
