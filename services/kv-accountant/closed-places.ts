// Places whose blocks were refused or given back: a question about one of them that comes late, or twice, books
// nothing, for nobody would ask it back. Bounded: the oldest are forgotten first, and then every place up to them
// counts as closed. One that was not is refused, and its router picks a new one.

const generationMax = 16_384;

export class ClosedPlaces {
  #younger: Set<number> = new Set();
  #elder: Set<number> = new Set();
  #youngerMax = 0;
  #elderMax = 0;
  #forgottenUpTo = 0;

  get size(): number {
    return this.#younger.size + this.#elder.size;
  }

  /** Numbers above zero name one place of the epoch. */
  add(place: number): void {
    if (this.has(place)) return;
    if (this.#younger.size >= generationMax) this.#forgetElder();
    this.#younger.add(place);
    this.#youngerMax = Math.max(this.#youngerMax, place);
  }

  has(place: number): boolean {
    return place <= this.#forgottenUpTo || this.#younger.has(place) || this.#elder.has(place);
  }

  #forgetElder(): void {
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, this.#elderMax);
    this.#elder = this.#younger;
    this.#elderMax = this.#youngerMax;
    this.#younger = new Set();
    this.#youngerMax = 0;
  }
}
