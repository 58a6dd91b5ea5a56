// What happens next in simulated time: a binary heap ordered by (time, tie-break, insertion number). The
// tie-break is drawn from the seed by who schedules, so that events of one instant come in any order, yet the same order each run.

export interface SimulatedEvent {
  readonly atMs: number;
  readonly tieBreak: number;
  readonly number: number;
  readonly act: () => void;
}

const isBefore = (a: SimulatedEvent, b: SimulatedEvent): boolean => {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.tieBreak !== b.tieBreak) return a.tieBreak < b.tieBreak;
  return a.number < b.number;
};

export class EventQueue {
  readonly #heap: SimulatedEvent[] = [];
  #inserted = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(atMs: number, tieBreak: number, act: () => void): void {
    const heap = this.#heap;
    const event: SimulatedEvent = { atMs, tieBreak, number: this.#inserted++, act };
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const above = (hole - 1) >>> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = event;
  }

  peek(): SimulatedEvent | undefined {
    return this.#heap[0];
  }

  pop(): SimulatedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const moved = heap.pop();
    if (moved !== undefined && heap.length > 0) this.#sink(moved);
    return first;
  }

  #sink(moved: SimulatedEvent): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      const child = this.#lesserChild(hole);
      if (child < 0) break;
      const below = heap[child];
      if (below === undefined || !isBefore(below, moved)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = moved;
  }

  #lesserChild(parent: number): number {
    const heap = this.#heap;
    const left = heap[2 * parent + 1];
    const right = heap[2 * parent + 2];
    if (left === undefined) return -1;
    return right !== undefined && isBefore(right, left) ? 2 * parent + 2 : 2 * parent + 1;
  }
}
