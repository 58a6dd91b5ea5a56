// A first-in, first-out queue without shifting: a ring that doubles when it is full. Bounded by its user.

export class Fifo<Item> {
  #ring: (Item | undefined)[] = Array.from({ length: 64 });
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: Item): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#length) & (this.#ring.length - 1)] = item;
    this.#length++;
  }

  /** What `shift` would take. */
  first(): Item | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#first];
  }

  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#first];
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#length--;
    return item;
  }

  clear(): void {
    this.#ring = Array.from({ length: 64 });
    this.#first = 0;
    this.#length = 0;
  }

  #grow(): void {
    const unrolled = [...this.#ring.slice(this.#first), ...this.#ring.slice(0, this.#first)];
    this.#ring = unrolled.concat(Array.from({ length: unrolled.length }));
    this.#first = 0;
  }
}
