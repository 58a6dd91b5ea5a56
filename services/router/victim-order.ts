// Places in the order in which they give way, as the engine orders its sequences too (`shared/model/victim-order.ts`).
// Who asks for room puts its own question first: by which right, and of whom.

import { blocksFor } from "#shared/model/kv-blocks.ts";
import { victimOrder } from "#shared/model/victim-order.ts";
import type { VictimTraits } from "#shared/model/victim-order.ts";
import type { Placement } from "./placement.ts";

/** KV blocks: booked, or grown beyond that since. */
export const footprint = (
  { blocks, promptTokens, totals }: Pick<Placement, "blocks" | "promptTokens" | "totals">,
  blockTokens: number,
): number => Math.max(blocks, blocksFor(promptTokens + totals.outputTokens, blockTokens));

/** The lowest band, then the largest footprint, then the least decoded, then the latest. */
export const byVictimOrder =
  (blockTokens: number) =>
  (a: Placement, b: Placement): number =>
    victimOrder(traitsOf(a, blockTokens), traitsOf(b, blockTokens));

const traitsOf = (placement: Placement, blockTokens: number): VictimTraits => ({
  band: placement.account.band,
  kvBlocks: footprint(placement, blockTokens),
  decodedTokens: placement.totals.outputTokens,
  preemptions: placement.preemptions,
  order: placement.number,
});
