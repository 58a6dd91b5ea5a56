// Which edges owe an owner their account of the last minute. Law: one that is registered does, also if it was away when the
// owner was placed; one that is gone does no more after the time of a lease, for after a loss of all leases the living are back by then.

import type { EdgeId } from "#shared/model/ids.ts";
import { unheardEdge } from "./collection.ts";
import type { TenantQueue } from "./tenant-queue.ts";

/** As long as the lease that a registration hangs on. */
const goneForMs = 5000;

export function noteRegistrations(
  { collection, edgesSilent }: TenantQueue,
  registered: readonly EdgeId[],
  nowMs: number,
): void {
  const edges = new Set(registered);
  for (const [edge, silent] of edgesSilent) {
    silent.goneAtMs = edges.has(edge) ? undefined : (silent.goneAtMs ?? nowMs);
  }
  if (collection === undefined) return;
  for (const [edge, answer] of collection.edges) answer.isGone = !edges.has(edge);
  for (const edge of edges) {
    if (!collection.edges.has(edge)) collection.edges.set(edge, unheardEdge(false));
  }
}

/** It has told, or nobody waits for it any more. */
export function excuseEdge({ edgesSilent, window }: TenantQueue, edge: EdgeId): void {
  edgesSilent.delete(edge);
  if (edgesSilent.size === 0) window.fullUntilMs = Number.NEGATIVE_INFINITY;
}

export function excuseGoneEdges(queue: TenantQueue, nowMs: number): void {
  for (const [edge, { goneAtMs = nowMs }] of queue.edgesSilent) {
    if (nowMs - goneAtMs >= goneForMs) excuseEdge(queue, edge);
  }
}
