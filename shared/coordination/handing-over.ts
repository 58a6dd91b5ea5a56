// The end in good order: nothing of this process acts any more, then its lease is revoked, so that others may
// claim at once instead of waiting for it to run out.

import type { Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { dropLease } from "./leasing.ts";
import type { Owner } from "./owner-state.ts";

export function handOver(owner: Owner, nowMs: number): Effect[] {
  if (owner.phase === "handing-over" || owner.phase === "gone") return [];
  owner.phase = "handing-over";
  return [...dropLease(owner, "handed over", nowMs), ...endHandOver(owner)];
}

/** Over once the store has confirmed that no lease of this process stands, or each has run out by itself. */
export function endHandOver(owner: Owner): Effect[] {
  if (owner.phase !== "handing-over" || owner.revoking.size > 0) return [];
  owner.phase = "gone";
  return [note("owner.handed-over")];
}
