// Timers by deadline, equal deadlines in the order they were armed. A cancelled timer never comes out; it
// stays inside until it would be due or until the cancelled outnumber the live, so cancelling is cheap and
// garbage bounded.

export interface HeapTimer {
  readonly atMs: number;
  /** Written by the heap alone: a set of live timers would cost more than all else here. */
  isWaiting?: boolean;
}

interface Slot<Timer> {
  readonly atMs: number;
  readonly order: number;
  readonly timer: Timer;
}

/** Below this many cancelled timers a sweep is not worth its cost. */
const garbageMin = 64;

export class TimerHeap<Timer extends HeapTimer> {
  #slots: Slot<Timer>[] = [];
  #live = 0;
  #order = 0;

  get size(): number {
    return this.#live;
  }

  /** Live and cancelled together: for the bound on garbage. */
  get slots(): number {
    return this.#slots.length;
  }

  /** Once per timer: arming anew takes a new object, because a cancelled one may still be inside. */
  push(timer: Timer): void {
    timer.isWaiting = true;
    this.#live++;
    this.#slots.push({ atMs: timer.atMs, order: this.#order++, timer });
    this.#rise(this.#slots.length - 1);
  }

  /** False if the timer is not waiting here (any more). */
  cancel(timer: Timer): boolean {
    if (timer.isWaiting !== true) return false;
    timer.isWaiting = false;
    this.#live--;
    if (this.#slots.length - this.#live > Math.max(garbageMin, this.#live)) this.#sweep();
    return true;
  }

  /** Infinity when nothing waits. */
  earliestMs(): number {
    this.#dropCancelledTop();
    return this.#slots[0]?.atMs ?? Infinity;
  }

  /** The next timer due at `nowMs`, removed. */
  popDue(nowMs: number): Timer | undefined {
    this.#dropCancelledTop();
    const top = this.#slots[0];
    if (top === undefined || top.atMs > nowMs) return undefined;
    this.#removeTop();
    top.timer.isWaiting = false;
    this.#live--;
    return top.timer;
  }

  clear(): void {
    for (const { timer } of this.#slots) timer.isWaiting = false;
    this.#slots = [];
    this.#live = 0;
  }

  #dropCancelledTop(): void {
    for (let top = this.#slots[0]; top !== undefined; top = this.#slots[0]) {
      if (top.timer.isWaiting === true) return;
      this.#removeTop();
    }
  }

  #removeTop(): void {
    const last = this.#slots.pop();
    if (last === undefined || this.#slots.length === 0) return;
    this.#slots[0] = last;
    this.#sink(0);
  }

  #sweep(): void {
    this.#slots = this.#slots.filter(({ timer }) => timer.isWaiting === true);
    for (let index = (this.#slots.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#isBefore(parent, index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      if (left < this.#slots.length && this.#isBefore(left, least)) least = left;
      if (right < this.#slots.length && this.#isBefore(right, least)) least = right;
      if (least === index) return;
      this.#swap(least, index);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#slots[one];
    const b = this.#slots[other];
    if (a === undefined || b === undefined) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const a = this.#slots[one];
    const b = this.#slots[other];
    if (a === undefined || b === undefined) return;
    this.#slots[one] = b;
    this.#slots[other] = a;
  }
}
