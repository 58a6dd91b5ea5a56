// Ends that the router or the tenant's queue has not noted yet: said again each beat, so that a lost message never
// leaves blocks booked or a reservation open. Bounded: past the bound the oldest is given up, and told.

import type { Address, Effect } from "#shared/actor/actor.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { EndNoted } from "#shared/messages/to-worker.ts";
import type { RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { SeenCrash } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

const endsMax = 4096;

export interface End {
  readonly tenant: TenantId;
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly isFinal: boolean;
  readonly totals: ExecutedTotals;
  /** Its engine died: for the router. */
  readonly crash?: SeenCrash;
}

export interface EndOutbox {
  readonly router: Address;
  readonly waiting: Map<string, { readonly end: End; toRouter: boolean; toQueue: boolean }>;
}

export const openOutbox = (router: Address): EndOutbox => ({ router, waiting: new Map() });

/** Keep an end and say it. Returns one that had to make room. */
export function addEnd(outbox: EndOutbox, end: End, effects: Effect[]): End | undefined {
  const entry = { end, toRouter: true, toQueue: true };
  outbox.waiting.set(attemptKey(end.requestId, end.attempt), entry);
  sayEnd(outbox, entry, effects);
  if (outbox.waiting.size <= endsMax) return undefined;
  const oldest = outbox.waiting.entries().next();
  if (oldest.done === true) return undefined;
  const [key, { end: dropped }] = oldest.value;
  outbox.waiting.delete(key);
  return dropped;
}

export function noteEnd(outbox: EndOutbox, { by, requestId, attempt }: EndNoted): void {
  const key = attemptKey(requestId, attempt);
  const entry = outbox.waiting.get(key);
  if (entry === undefined) return;
  if (by === "router") entry.toRouter = false;
  else entry.toQueue = false;
  if (!entry.toRouter && !entry.toQueue) outbox.waiting.delete(key);
}

/** Each beat. */
export function repeatEnds(outbox: EndOutbox, effects: Effect[]): void {
  for (const entry of outbox.waiting.values()) sayEnd(outbox, entry, effects);
}

function sayEnd(
  outbox: EndOutbox,
  entry: { readonly end: End; readonly toRouter: boolean; readonly toQueue: boolean },
  effects: Effect[],
): void {
  const { tenant, isFinal, crash, ...end } = entry.end;
  if (entry.toRouter) {
    const died = crash === undefined ? {} : { crash };
    effects.push(toRouter(outbox.router, { kind: "router-ended", ...end, ...died }));
  }
  if (entry.toQueue) {
    const queue = tenantQueueAddress(tenant);
    effects.push(toTenantQueue(queue, { kind: "queue-ended", ...end, isFinal }));
  }
}
