// The tenants of a band with something waiting, least key first: what most policies are, once their key is said.

import type { TenantAccount } from "#services/router/tenant-account.ts";
import { IndexedHeap } from "#services/router/indexed-heap.ts";
import type { Look, SeeHead } from "./tenant-order.ts";

export interface ReadyOrder {
  readonly keyOf: (account: TenantAccount) => number;
  /** Between equal keys. */
  readonly isBefore: (a: TenantAccount, b: TenantAccount) => boolean;
}

/** Between equals: who was met first. */
export const byNumber = (a: TenantAccount, b: TenantAccount): boolean => a.number < b.number;

/** When the tenant's first offer came to its queue. */
export const headOpened = (account: TenantAccount): number =>
  account.waiting.least()?.openedMs ?? Number.POSITIVE_INFINITY;

/** In the order of arrival of the tenants' first offers. */
export const headEntry = (account: TenantAccount): number =>
  account.waiting.least()?.entry ?? Number.POSITIVE_INFINITY;

export class ReadyHeap {
  readonly #heap: IndexedHeap<TenantAccount>;

  constructor({ keyOf, isBefore }: ReadyOrder) {
    this.#heap = new IndexedHeap({
      keyOf,
      isBefore,
      placeOf: (account) => account.readyPlace,
      setPlace: (account, place) => {
        account.readyPlace = place;
      },
    });
  }

  least(): TenantAccount | undefined {
    return this.#heap.least();
  }

  /** In while something waits. */
  refresh(account: TenantAccount): void {
    keep(this.#heap, account, account.waiting.size > 0);
  }

  remove(account: TenantAccount): void {
    keep(this.#heap, account, false);
  }

  visit({ limit }: Look, see: SeeHead): boolean {
    if (this.#heap.size === 0) return false;
    this.#heap.leastFirst(limit, see);
    return true;
  }
}

export function keep<Item>(heap: IndexedHeap<Item>, item: Item, belongs: boolean): void {
  const isIn = heap.has(item);
  if (belongs && isIn) heap.update(item);
  else if (belongs) heap.add(item);
  else if (isIn) heap.remove(item);
}
