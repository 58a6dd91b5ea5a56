// A band's virtual time and who is next by it. V is the least start tag over tenants that wait or run; one that only
// runs holds it back by no more than a bounded lag. Laws: V never falls and survives emptiness; a tenant that comes
// back starts at max(its clock, V), so idle time is never credit; one that runs was not away. Start-time Fair Queueing: Goyal, Vin, Cheng 1996.
// Why the lag is bounded, and why each band has its own V: decisions/2026-11-20-virtual-time.md.

import type { Offer } from "#shared/messages/to-router.ts";
import type { HeapOrder } from "#services/router/indexed-heap.ts";
import { IndexedHeap } from "#services/router/indexed-heap.ts";
import type { TenantAccount } from "#services/router/tenant-account.ts";
import { runningTag } from "#services/router/tenant-account.ts";
import { keep, ReadyHeap } from "./ready-heap.ts";
import type { Look, SeeHead, TenantOrder } from "./tenant-order.ts";

/** How far a tenant with nothing waiting holds V behind the least that waits: 256 output tokens at weight 1. */
export const lagMax = 512_000;

/** So far behind V a tenant that runs keeps its place though nothing of it waited for a moment: 2,048 output tokens at weight 1. */
export const standingMax = 4_096_000;

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

/**
 * `tagOf`: which tag of the first offer makes the order; between equal tags the tenant's name decides. `standing`: how
 * far behind V a tenant that runs may be without being lifted when it asks again; one that is idle always is.
 */
export class VirtualClock implements TenantOrder {
  readonly costAhead: (offer: Offer) => number;
  readonly #tagOf: (account: TenantAccount) => number;
  readonly #standing: number;
  readonly #ready: ReadyHeap;
  readonly #waiting: IndexedHeap<TenantAccount> = new IndexedHeap(byStartTag);
  readonly #running: IndexedHeap<TenantAccount> = new IndexedHeap(byRunningTag);
  #virtualTime = 0;

  constructor(
    tagOf: (account: TenantAccount) => number,
    predicted: (offer: Offer) => number,
    standing: number = 0,
  ) {
    this.costAhead = predicted;
    this.#tagOf = tagOf;
    this.#standing = standing;
    this.#ready = new ReadyHeap({ keyOf: tagOf, isBefore: (a, b) => a.tenant < b.tenant });
  }

  backlogged(account: TenantAccount): void {
    const isRunning = account.placements > 0;
    account.lift = Math.max(0, this.#virtualTime - (isRunning ? this.#standing : 0));
  }

  returned(account: TenantAccount, startTag: number): void {
    account.lift = Math.min(this.#virtualTime, startTag);
  }

  refresh(account: TenantAccount): void {
    const isWaiting = account.waiting.size > 0;
    this.#ready.refresh(account);
    keep(this.#waiting, account, isWaiting);
    keep(this.#running, account, !isWaiting && account.placements > 0);
    this.#advance();
  }

  remove(account: TenantAccount): void {
    this.#ready.remove(account);
    keep(this.#waiting, account, false);
    keep(this.#running, account, false);
  }

  visit(look: Look, see: SeeHead): boolean {
    return this.#ready.visit(look, see);
  }

  mayOvertake(later: TenantAccount, first: TenantAccount, theta: number): boolean {
    return this.#tagOf(later) <= this.#tagOf(first) + theta;
  }

  isForgettable(account: TenantAccount): boolean {
    return account.clock <= this.#virtualTime;
  }

  virtualTime(): number {
    return this.#virtualTime;
  }

  leastWaiting(): number | undefined {
    return this.#waiting.least()?.startTag;
  }

  #advance(): void {
    const waiting = this.#waiting.least();
    const running = this.#running.least();
    const least = Math.min(
      waiting?.startTag ?? Number.POSITIVE_INFINITY,
      running === undefined ? Number.POSITIVE_INFINITY : runningTag(running),
    );
    const now = Math.max(least, (waiting?.startTag ?? 0) - lagMax);
    if (now > this.#virtualTime && now < Number.POSITIVE_INFINITY) this.#virtualTime = now;
  }
}
