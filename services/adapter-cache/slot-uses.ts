// How often and when each adapter was pinned on one worker, of late: what eviction policies judge by. It outlives an eviction,
// so that who comes back is known. Bounded: whoever was used longest ago is forgotten first.

import type { AdapterDigest } from "#shared/model/ids.ts";
import { usesAt } from "./policy/eviction.ts";

const rememberedMax = 1024;

export interface UsesSoFar {
  readonly uses: number;
  readonly lastUsedMs: number;
}

export type SlotUses = Map<AdapterDigest, UsesSoFar>;

export const neverUsed: UsesSoFar = { uses: 0, lastUsedMs: 0 };

export function countUse(uses: SlotUses, digest: AdapterDigest, nowMs: number): void {
  const known = uses.get(digest) ?? neverUsed;
  uses.delete(digest);
  uses.set(digest, { uses: usesAt(known, nowMs) + 1, lastUsedMs: nowMs });
  if (uses.size <= rememberedMax) return;
  const oldest = uses.keys().next();
  if (oldest.done !== true) uses.delete(oldest.value);
}
