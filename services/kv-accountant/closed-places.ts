// Places whose blocks were refused or given back: a question about one of them that comes late, or twice, books
// nothing, for nobody would ask it back. Bounded: the oldest are forgotten first, and then every place up to them
// counts as closed. One that was not is refused, and its router picks a new one.

const rememberedMax = 16_384;

export class ClosedPlaces {
  readonly #closed: Set<number> = new Set();
  #forgottenUpTo = 0;

  get size(): number {
    return this.#closed.size;
  }

  /** Numbers above zero name one place of the epoch. */
  add(place: number): void {
    if (place <= this.#forgottenUpTo) return;
    this.#closed.add(place);
    if (this.#closed.size <= rememberedMax) return;
    for (const oldest of this.#closed) {
      this.#closed.delete(oldest);
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, oldest);
      return;
    }
  }

  has(place: number): boolean {
    return place <= this.#forgottenUpTo || this.#closed.has(place);
  }
}
