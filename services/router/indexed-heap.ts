// A binary heap whose items know their place in it, so that any of them moves or leaves in O(log n); and the k
// least can be looked at, in order, without taking them out. Law: no item is before its parent.

export interface HeapOrder<Item> {
  isBefore(a: Item, b: Item): boolean;
  /** Where the item says it stands in this heap; -1 when it is not in it. */
  placeOf(item: Item): number;
  /** The item remembers it, in a field that belongs to this heap. */
  setPlace(item: Item, place: number): void;
}

export class IndexedHeap<Item> {
  readonly #order: HeapOrder<Item>;
  readonly #items: Item[] = [];
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
    this.#rise(item, this.#items.length - 1);
  }

  /** The item's order changed. */
  update(item: Item): void {
    const place = this.#order.placeOf(item);
    this.#rise(item, place);
    if (this.#order.placeOf(item) === place) this.#sink(item, place);
  }

  remove(item: Item): void {
    const place = this.#order.placeOf(item);
    const last = this.#items.pop() as Item;
    this.#order.setPlace(item, -1);
    if (last === item) return;
    this.#items[place] = last;
    this.#order.setPlace(last, place);
    this.update(last);
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
      const child = 2 * place + 1;
      if (child < items.length) frontier.push(child);
      if (child + 1 < items.length) frontier.push(child + 1);
    }
  }

  // The frontier never holds more than limit + 1 places, so a scan beats a second heap.
  #takeLeast(frontier: number[]): number {
    let least = 0;
    for (let index = 1; index < frontier.length; index++) {
      const isBefore = this.#order.isBefore(
        this.#items[frontier[index] as number] as Item,
        this.#items[frontier[least] as number] as Item,
      );
      if (isBefore) least = index;
    }
    const place = frontier[least] as number;
    const last = frontier.pop() as number;
    if (least < frontier.length) frontier[least] = last;
    return place;
  }

  #rise(item: Item, from: number): void {
    const items = this.#items;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above] as Item;
      if (!this.#order.isBefore(item, parent)) break;
      items[place] = parent;
      this.#order.setPlace(parent, place);
      place = above;
    }
    items[place] = item;
    this.#order.setPlace(item, place);
  }

  #sink(item: Item, from: number): void {
    const items = this.#items;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      const right = below + 1;
      if (
        right < items.length &&
        this.#order.isBefore(items[right] as Item, items[below] as Item)
      ) {
        below = right;
      }
      const child = items[below] as Item;
      if (!this.#order.isBefore(child, item)) break;
      items[place] = child;
      this.#order.setPlace(child, place);
      place = below;
    }
    items[place] = item;
    this.#order.setPlace(item, place);
  }
}
