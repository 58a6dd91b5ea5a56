// What happens next in simulated time: a binary heap ordered by (time, tie-break, insertion number). The
// tie-break is drawn from the seed by who schedules, so that events of one instant come in any order, yet the same order each run.
// Keys lie in columns: most of a simulator's time would else go into following pointers to them.

/** Something that is going to happen. */
export interface Happening {
  act(): void;
}

const firstRoom = 256;

export class EventQueue {
  #atMs = new Float64Array(firstRoom);
  #tieBreaks = new Uint32Array(firstRoom);
  #numbers = new Float64Array(firstRoom);
  readonly #happenings: (Happening | undefined)[] = Array.from({ length: firstRoom });
  #size = 0;
  #inserted = 0;

  get size(): number {
    return this.#size;
  }

  /** `tieBreak`: an unsigned 32-bit integer. */
  push(atMs: number, tieBreak: number, happening: Happening): void {
    if (this.#size === this.#happenings.length) this.#grow();
    const number = this.#inserted++;
    let hole = this.#size++;
    while (hole > 0) {
      const above = (hole - 1) >>> 1;
      const aboveMs = this.#atMs[above] ?? 0;
      // Of equals the one that was there stays: it has the lower number.
      if (aboveMs < atMs) break;
      if (aboveMs === atMs && (this.#tieBreaks[above] ?? 0) <= tieBreak) break;
      this.#move(above, hole);
      hole = above;
    }
    this.#atMs[hole] = atMs;
    this.#tieBreaks[hole] = tieBreak;
    this.#numbers[hole] = number;
    this.#happenings[hole] = happening;
  }

  /** Infinity when nothing is to come. */
  earliestMs(): number {
    return this.#size === 0 ? Infinity : (this.#atMs[0] ?? Infinity);
  }

  pop(): Happening | undefined {
    if (this.#size === 0) return undefined;
    const first = this.#happenings[0];
    const last = --this.#size;
    const hole = this.#sinkHole(last);
    this.#move(last, hole);
    this.#happenings[last] = undefined;
    return first;
  }

  /** Where the event at `moved`, the last, goes when the first has left. */
  #sinkHole(moved: number): number {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= moved) return hole;
      if (child + 1 < moved && this.#isBefore(child + 1, child)) child++;
      if (!this.#isBefore(child, moved)) return hole;
      this.#move(child, hole);
      hole = child;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const oneMs = this.#atMs[one] ?? 0;
    const otherMs = this.#atMs[other] ?? 0;
    if (oneMs !== otherMs) return oneMs < otherMs;
    const tie = (this.#tieBreaks[one] ?? 0) - (this.#tieBreaks[other] ?? 0);
    return tie === 0 ? (this.#numbers[one] ?? 0) < (this.#numbers[other] ?? 0) : tie < 0;
  }

  #move(from: number, to: number): void {
    this.#atMs[to] = this.#atMs[from] ?? 0;
    this.#tieBreaks[to] = this.#tieBreaks[from] ?? 0;
    this.#numbers[to] = this.#numbers[from] ?? 0;
    this.#happenings[to] = this.#happenings[from];
  }

  #grow(): void {
    const room = 2 * this.#size;
    const [atMs, tieBreaks, numbers] = [this.#atMs, this.#tieBreaks, this.#numbers];
    this.#atMs = new Float64Array(room);
    this.#atMs.set(atMs);
    this.#tieBreaks = new Uint32Array(room);
    this.#tieBreaks.set(tieBreaks);
    this.#numbers = new Float64Array(room);
    this.#numbers.set(numbers);
    while (this.#happenings.length < room) this.#happenings.push(undefined);
  }
}
