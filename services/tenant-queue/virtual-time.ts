// What the queue knows of one pool's fair queueing, and the tags it stamps from it: S = max(V, F_prev),
// F = S + cost / weight. Start-time fair queueing, Goyal et al. 1996, §2. Integers only; idle time is never credit.

import { assert } from "#shared/actor/assert.ts";

export interface VirtualTime {
  /** The pool's virtual time as last heard, µcost per weight. Never falls within one router's life. */
  virtualTime: number;
  /** What this tenant has been charged up to, by the router's word at the last grant. */
  finishCharged: number;
  /** Finish tag of the last offer stamped since; the next follows it. */
  finishPrevious: number;
}

export interface Tags {
  readonly startTag: number;
  readonly finishTag: number;
}

export const startVirtualTime = (): VirtualTime => ({
  virtualTime: 0,
  finishCharged: 0,
  finishPrevious: 0,
});

export function stamp(time: VirtualTime, cost: number, weight: number): Tags {
  const startTag = Math.max(time.virtualTime, time.finishPrevious);
  const finishTag = startTag + Math.floor(cost / weight);
  assert(Number.isSafeInteger(finishTag), "tags are exact integers");
  time.finishPrevious = finishTag;
  return { startTag, finishTag };
}

/** Forgets the stamps that have not been charged: an offer that was taken back moved nobody. */
export function rewind(time: VirtualTime): void {
  time.finishPrevious = time.finishCharged;
}

export function learnVirtualTime(time: VirtualTime, virtualTime: number): void {
  time.virtualTime = Math.max(time.virtualTime, virtualTime);
}

/** The router's word replaces the queue's own prediction; it may be lower, after a charge-back. */
export function learnCharge(time: VirtualTime, finishTag: number): void {
  time.finishCharged = finishTag;
}

/**
 * A router's next owner begins its virtual time anew. Absolute tags of the last life would put every tenant it
 * meets for the first time ahead by the whole past; so only the tenant's lead over the others is kept.
 */
export function keepLeadOnly(time: VirtualTime): void {
  time.finishCharged = Math.max(0, time.finishCharged - time.virtualTime);
  time.finishPrevious = time.finishCharged;
  time.virtualTime = 0;
}
