// A heap whose items know their place in it, so that any of them moves or leaves in O(log n); and the k least can
// be looked at, in order, without taking them out. Law: no item is before its parent.
// Four children per item, and keys beside the items: with 10,000 tenants the time goes into memory that is not in
// the cache, and this touches the least of it.

export interface HeapOrder<Item> {
  /** Less goes first. Read when the item is added or updated. */
  keyOf(item: Item): number;
  /** Between equal keys. */
  isBefore(a: Item, b: Item): boolean;
  /** Where the item says it stands in this heap; -1 when it is not in it. */
  placeOf(item: Item): number;
  /** The item remembers it, in a field that belongs to this heap. */
  setPlace(item: Item, place: number): void;
}

const children = 4;

export class IndexedHeap<Item> {
  readonly #order: HeapOrder<Item>;
  readonly #items: Item[] = [];
  readonly #keys: number[] = [];
  /** Places still to be looked at by `leastFirst`; kept to save an allocation per decision. */
  readonly #frontier: number[] = [];

  constructor(order: HeapOrder<Item>) {
    this.#order = order;
  }

  get size(): number {
    return this.#items.length;
  }

  least(): Item | undefined {
    return this.#items[0];
  }

  has(item: Item): boolean {
    return this.#order.placeOf(item) >= 0;
  }

  /** In no particular order. */
  items(): readonly Item[] {
    return this.#items;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#keys.push(0);
    this.#rise(item, this.#order.keyOf(item), this.#items.length - 1);
  }

  /** The item's key may have changed. */
  update(item: Item): void {
    const place = this.#order.placeOf(item);
    const key = this.#order.keyOf(item);
    if (this.#keys[place] !== key) this.#settle(item, key, place);
  }

  remove(item: Item): void {
    const place = this.#order.placeOf(item);
    const last = this.#items.pop() as Item;
    const key = this.#keys.pop() as number;
    this.#order.setPlace(item, -1);
    if (last !== item) this.#settle(last, key, place);
  }

  /** Visit at most `limit` items, least first, until `visit` answers false. It must not change the heap. */
  leastFirst(limit: number, visit: (item: Item) => boolean): void {
    const items = this.#items;
    const frontier = this.#frontier;
    frontier.length = 0;
    if (items.length > 0) frontier.push(0);
    for (let visited = 0; visited < limit && frontier.length > 0; visited++) {
      const place = this.#takeLeast(frontier);
      if (!visit(items[place] as Item)) return;
      const first = place * children + 1;
      const end = Math.min(first + children, items.length);
      for (let child = first; child < end; child++) frontier.push(child);
    }
  }

  // The frontier never holds more than 3 · limit + 1 places, so a scan beats a second heap.
  #takeLeast(frontier: number[]): number {
    let least = 0;
    for (let index = 1; index < frontier.length; index++) {
      if (this.#stands(frontier[index] as number, frontier[least] as number)) least = index;
    }
    const place = frontier[least] as number;
    const last = frontier.pop() as number;
    if (least < frontier.length) frontier[least] = last;
    return place;
  }

  /** Whether what stands at `a` goes before what stands at `b`. */
  #stands(a: number, b: number): boolean {
    const keyA = this.#keys[a] as number;
    const keyB = this.#keys[b] as number;
    if (keyA !== keyB) return keyA < keyB;
    return this.#order.isBefore(this.#items[a] as Item, this.#items[b] as Item);
  }

  #settle(item: Item, key: number, place: number): void {
    if (!this.#rise(item, key, place)) this.#sink(item, key, place);
  }

  /** Puts the item at or above `from`. False: it did not move. */
  #rise(item: Item, key: number, from: number): boolean {
    let place = from;
    while (place > 0) {
      const above = ((place - 1) / children) | 0;
      const keyAbove = this.#keys[above] as number;
      const parent = this.#items[above] as Item;
      if (key > keyAbove || (key === keyAbove && !this.#order.isBefore(item, parent))) break;
      this.#put(parent, keyAbove, place);
      place = above;
    }
    this.#put(item, key, place);
    return place !== from;
  }

  #sink(item: Item, key: number, from: number): void {
    const size = this.#items.length;
    let place = from;
    for (;;) {
      const first = place * children + 1;
      if (first >= size) break;
      const end = Math.min(first + children, size);
      let least = first;
      for (let child = first + 1; child < end; child++) {
        if (this.#stands(child, least)) least = child;
      }
      const keyBelow = this.#keys[least] as number;
      const below = this.#items[least] as Item;
      if (key < keyBelow || (key === keyBelow && !this.#order.isBefore(below, item))) break;
      this.#put(below, keyBelow, place);
      place = least;
    }
    this.#put(item, key, place);
  }

  #put(item: Item, key: number, place: number): void {
    this.#items[place] = item;
    this.#keys[place] = key;
    this.#order.setPlace(item, place);
  }
}
