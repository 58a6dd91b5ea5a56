// Which edges owe an owner their account of the last minute, and for how long the rate windows count as full for their sake. Law:
// one that is registered owes it for a minute; one that is not, until it is gone for as long as a lease lasts, for those that live
// are registered again by then, after a loss of all leases too.

import type { EdgeId } from "#shared/model/ids.ts";
import { unheardEdge } from "./collection.ts";
import type { SilentEdge, TenantQueue } from "./tenant-queue.ts";

/** What was admitted before the owner began has left the windows by then. */
const minuteMs = 60_000;
const leaseMs = 5000;

export function noteRegistrations(
  queue: TenantQueue,
  registered: readonly EdgeId[],
  nowMs: number,
): void {
  const edges = new Set(registered);
  const { collection, edgesSilent } = queue;
  const known = [...edgesSilent, ...(collection?.edges ?? [])];
  for (const [edge, each] of known) {
    each.goneAtMs = edges.has(edge) ? undefined : (each.goneAtMs ?? nowMs);
  }
  judgeWindow(queue);
  if (collection === undefined) return;
  for (const edge of edges) {
    if (!collection.edges.has(edge)) collection.edges.set(edge, unheardEdge(undefined));
  }
}

/** It has been asked for a second, in vain. */
export function awaitEdge(
  queue: TenantQueue,
  edge: EdgeId,
  { goneAtMs, nowMs }: { readonly goneAtMs: number | undefined; readonly nowMs: number },
): void {
  queue.edgesSilent.set(edge, { sinceMs: nowMs, goneAtMs });
  judgeWindow(queue);
}

/** It has told. */
export function excuseEdge(queue: TenantQueue, edge: EdgeId): void {
  queue.edgesSilent.delete(edge);
  judgeWindow(queue);
}

/** Nobody waits any more for those whose time is over. */
export function excuseOverdue({ edgesSilent }: TenantQueue, nowMs: number): void {
  for (const [edge, silent] of edgesSilent)
    if (owesUntilMs(silent) <= nowMs) edgesSilent.delete(edge);
}

function judgeWindow({ edgesSilent, window }: TenantQueue): void {
  window.fullUntilMs = Math.max(
    Number.NEGATIVE_INFINITY,
    ...[...edgesSilent.values()].map(owesUntilMs),
  );
}

const owesUntilMs = ({ sinceMs, goneAtMs }: SilentEdge): number =>
  Math.min(sinceMs + minuteMs, goneAtMs === undefined ? Infinity : goneAtMs + leaseMs);
