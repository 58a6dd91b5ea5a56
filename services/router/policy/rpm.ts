// First come, first served, but n requests a minute for each tenant: one that has had them waits until its window
// frees, even when the pool is idle. The one policy that is not work conserving.

import type { Charge, TenantAccount } from "#services/router/tenant-account.ts";
import { IndexedHeap } from "#services/router/indexed-heap.ts";
import { headOpened, keep } from "./ready-heap.ts";
import type { OfferCost } from "./order-costs.ts";
import type { Look, SeeHead, TenantOrder } from "./tenant-order.ts";

const windowMs = 60_000;

/** One tenant's last minute. */
interface Minute {
  readonly account: TenantAccount;
  /** When its requests were taken, oldest first; never more than n. */
  readonly takenMs: number[];
  openPlace: number;
  fullPlace: number;
}

export class Rpm implements TenantOrder {
  readonly costAhead: OfferCost;
  readonly #requestsMax: number;
  readonly #minutes: WeakMap<TenantAccount, Minute> = new WeakMap();
  readonly #open: IndexedHeap<Minute> = new IndexedHeap<Minute>({
    keyOf: ({ account }) => headOpened(account),
    isBefore: (a, b) => a.account.number < b.account.number,
    placeOf: (minute) => minute.openPlace,
    setPlace: (minute, place) => {
      minute.openPlace = place;
    },
  });
  /** With something waiting that has to wait for time to pass; first the one that waits least. */
  readonly #full: IndexedHeap<Minute> = new IndexedHeap<Minute>({
    keyOf: ({ takenMs }) => takenMs[0] ?? 0,
    isBefore: (a, b) => a.account.number < b.account.number,
    placeOf: (minute) => minute.fullPlace,
    setPlace: (minute, place) => {
      minute.fullPlace = place;
    },
  });

  /** Of the last look. */
  #nowMs = 0;

  constructor(costAhead: OfferCost, requestsMax: number) {
    this.costAhead = costAhead;
    this.#requestsMax = requestsMax;
  }

  backlogged(): void {
    // Idle time frees the window and nothing else.
  }

  returned(): void {
    // Its window was given back when its charge was settled.
  }

  refresh(account: TenantAccount): void {
    this.#place(this.#minuteOf(account));
  }

  remove(account: TenantAccount): void {
    const minute = this.#minuteOf(account);
    keep(this.#open, minute, false);
    keep(this.#full, minute, false);
  }

  taken(account: TenantAccount, { takenMs }: Charge): void {
    this.#minuteOf(account).takenMs.push(takenMs);
  }

  /** What never ran does not count. */
  settled(account: TenantAccount, { takenMs, executedCost }: Charge): void {
    if (executedCost > 0) return;
    const minute = this.#minuteOf(account);
    const index = minute.takenMs.lastIndexOf(takenMs);
    if (index >= 0) minute.takenMs.splice(index, 1);
  }

  visit(look: Look, see: SeeHead): boolean {
    this.#free(look.nowMs);
    if (this.#open.size === 0) return false;
    this.#open.leastFirst(look.limit, ({ account }) => see(account));
    return true;
  }

  mayOvertake(): boolean {
    return false;
  }

  isForgettable(account: TenantAccount): boolean {
    const newestMs = this.#minuteOf(account).takenMs.at(-1);
    return newestMs === undefined || newestMs + windowMs <= this.#nowMs;
  }

  virtualTime(): number {
    return 0;
  }

  leastWaiting(): undefined {
    return undefined;
  }

  #minuteOf(account: TenantAccount): Minute {
    const known = this.#minutes.get(account);
    if (known !== undefined) return known;
    const minute: Minute = { account, takenMs: [], openPlace: -1, fullPlace: -1 };
    this.#minutes.set(account, minute);
    return minute;
  }

  #place(minute: Minute): void {
    const isWaiting = minute.account.waiting.size > 0;
    const isFull = minute.takenMs.length >= this.#requestsMax;
    keep(this.#open, minute, isWaiting && !isFull);
    keep(this.#full, minute, isWaiting && isFull);
  }

  /** Each request taken is freed once: O(log n) for it. */
  #free(nowMs: number): void {
    this.#nowMs = nowMs;
    for (;;) {
      const minute = this.#full.least();
      const oldestMs = minute?.takenMs[0];
      if (minute === undefined || oldestMs === undefined || oldestMs + windowMs > nowMs) return;
      minute.takenMs.shift();
      this.#place(minute);
    }
  }
}
