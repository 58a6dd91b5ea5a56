// Fair queueing by virtual finish time: who is next, and what time it is. Per band, virtual time V is the least
// start tag over tenants that wait or run; one that only runs holds it back by no more than a bounded lag. Laws: V
// never falls and survives emptiness; a tenant that comes back starts at max(its clock, V), so idle time is never
// credit. Start-time Fair Queueing: Goyal, Vin, Cheng 1996. Why the lag is bounded, and why each band has its own
// V: decisions/2026-11-20-virtual-time.md.

import { assert } from "#shared/actor/assert.ts";
import type { HeapOrder } from "./indexed-heap.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import type { Charge, TenantAccount } from "./tenant-account.ts";
import {
  chargeAhead,
  chargeExecuted,
  chargeFromNow,
  retag,
  runningTag,
  settle,
} from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

/** How far a tenant with nothing waiting holds V behind the least that waits: 256 output tokens at weight 1. */
export const lagMax = 512_000;

interface Band {
  readonly number: number;
  virtualTime: number;
  /** Tenants with an offer in the order, by the finish tag of the first; the same by its start tag. */
  readonly ready: IndexedHeap<TenantAccount>;
  readonly waiting: IndexedHeap<TenantAccount>;
  readonly running: IndexedHeap<TenantAccount>;
}

const byDispatch: HeapOrder<TenantAccount> = {
  keyOf: (account) => account.finishTag,
  isBefore: (a, b) => a.tenant < b.tenant,
  placeOf: (account) => account.readyPlace,
  setPlace: (account, place) => {
    account.readyPlace = place;
  },
};

const byStartTag: HeapOrder<TenantAccount> = {
  keyOf: (account) => account.startTag,
  isBefore: () => false,
  placeOf: (account) => account.startPlace,
  setPlace: (account, place) => {
    account.startPlace = place;
  },
};

const byRunningTag: HeapOrder<TenantAccount> = {
  keyOf: runningTag,
  isBefore: () => false,
  placeOf: (account) => account.runningPlace,
  setPlace: (account, place) => {
    account.runningPlace = place;
  },
};

export class VirtualClock {
  /** In their order: few, and never forgotten. */
  readonly #bands: Band[] = [];

  /** Tenants whose turn it can be, of the first band where one waits, by the finish tag of their first offer. */
  ready(): IndexedHeap<TenantAccount> | undefined {
    for (const { ready } of this.#bands) if (ready.size > 0) return ready;
    return undefined;
  }

  virtualTime(band: number): number {
    return this.#band(band).virtualTime;
  }

  /** Put an offer into its tenant's order. `startTag`: its queue's own, or where a returned offer stood before. */
  enter(account: TenantAccount, waiting: WaitingOffer, startTag: number): void {
    const { offer } = waiting;
    if (account.band !== offer.band) this.#changeBand(account, offer.band);
    account.weight = offer.weight;
    if (account.waiting.size === 0) {
      account.lift = this.virtualTime(account.band);
      if (!account.isTagged) account.clock = Math.max(account.clock, startTag);
      account.isTagged = true;
    }
    account.waiting.add(waiting);
    this.#refresh(account);
  }

  /** An offer whose place fell through stands where it stood: its tenant does not start anew. */
  reenter(account: TenantAccount, waiting: WaitingOffer, startTag: number): void {
    const wasEmpty = account.waiting.size === 0;
    this.enter(account, waiting, startTag);
    if (!wasEmpty || startTag >= account.lift) return;
    account.lift = startTag;
    this.#refresh(account);
  }

  /** Take an offer out of the order, uncharged. */
  leave(account: TenantAccount, waiting: WaitingOffer): void {
    account.waiting.remove(waiting);
    this.#refresh(account);
  }

  /** The queue said something new about an offer that waits. */
  changed(account: TenantAccount, waiting: WaitingOffer): void {
    if (account.band !== waiting.offer.band) this.#changeBand(account, waiting.offer.band);
    account.weight = waiting.offer.weight;
    account.waiting.update(waiting);
    this.#refresh(account);
  }

  /** The first offer of the tenant gets a place: charged at once, so that its next one stands behind it. */
  take(account: TenantAccount): Charge {
    const head = account.waiting.least();
    assert(head !== undefined, "only a waiting offer is taken");
    account.waiting.remove(head);
    const charge = chargeAhead(account, head.offer.cost);
    this.#refresh(account);
    return charge;
  }

  /** A sequence found running when this router took the pool over: its tenant starts at the virtual time. */
  adopt(account: TenantAccount, executedCost: number, weight: number): Charge {
    account.clock = Math.max(account.clock, this.virtualTime(account.band));
    const charge = chargeFromNow(account, executedCost, weight);
    this.#refresh(account);
    return charge;
  }

  executed(account: TenantAccount, charge: Charge, executedCost: number): void {
    chargeExecuted(account, charge, executedCost);
    this.#refresh(account);
  }

  /** The end: the last word on what ran, and the refund of what did not. */
  settle(account: TenantAccount, charge: Charge, executedCost: number): void {
    chargeExecuted(account, charge, executedCost);
    settle(account, charge);
    this.#refresh(account);
  }

  #band(number: number): Band {
    for (const band of this.#bands) if (band.number === number) return band;
    const band: Band = {
      number,
      virtualTime: 0,
      ready: new IndexedHeap(byDispatch),
      waiting: new IndexedHeap(byStartTag),
      running: new IndexedHeap(byRunningTag),
    };
    this.#bands.push(band);
    this.#bands.sort((a, b) => a.number - b.number);
    return band;
  }

  // What it owes goes with it; the two bands' times are not comparable.
  #changeBand(account: TenantAccount, number: number): void {
    const from = this.#band(account.band);
    keep(from.waiting, account, false);
    keep(from.running, account, false);
    keep(from.ready, account, false);
    const shift = this.virtualTime(number) - from.virtualTime;
    account.clock = Math.max(0, account.clock + shift);
    account.lastStartTag = Math.max(0, account.lastStartTag + shift);
    account.lift = this.virtualTime(number);
    account.band = number;
  }

  #refresh(account: TenantAccount): void {
    const band = this.#band(account.band);
    const isWaiting = account.waiting.size > 0;
    retag(account);
    keep(band.ready, account, isWaiting);
    keep(band.waiting, account, isWaiting);
    keep(band.running, account, !isWaiting && account.placements > 0);
    const waiting = band.waiting.least();
    const running = band.running.least();
    const least = Math.min(
      waiting?.startTag ?? Number.POSITIVE_INFINITY,
      running === undefined ? Number.POSITIVE_INFINITY : runningTag(running),
    );
    const now = Math.max(least, (waiting?.startTag ?? 0) - lagMax);
    if (now > band.virtualTime && now < Number.POSITIVE_INFINITY) band.virtualTime = now;
  }
}

function keep(heap: IndexedHeap<TenantAccount>, account: TenantAccount, belongs: boolean): void {
  const isIn = heap.has(account);
  if (belongs && isIn) heap.update(account);
  else if (belongs) heap.add(account);
  else if (isIn) heap.remove(account);
}
