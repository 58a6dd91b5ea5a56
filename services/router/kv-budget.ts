// A tenant's KV budget as its queue states it, in the pool's own blocks.

import type { Offer } from "#shared/messages/to-router.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";

export interface KvBudget {
  readonly guaranteedBlocks?: number;
  readonly burstBlocks?: number;
}

/** Both round up, as everything in blocks does: what was promised in tokens has room in them. */
export function kvBudgetOf(
  {
    kvGuaranteedTokens: guaranteed,
    kvBurstTokens: burst,
  }: Pick<Offer, "kvGuaranteedTokens" | "kvBurstTokens">,
  kvBlockTokens: number,
): KvBudget {
  return {
    ...(guaranteed === undefined ? {} : { guaranteedBlocks: blocksFor(guaranteed, kvBlockTokens) }),
    ...(burst === undefined ? {} : { burstBlocks: blocksFor(burst, kvBlockTokens) }),
  };
}
