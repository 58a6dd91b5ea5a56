// The lanes that edges keep to the workers of this process: at most one for each edge, worker and number, the newest.

import { laneOf } from "#shared/bus/data-plane.ts";

/** More than the edges of a large fleet keep; a foreign program cannot make it grow without end. */
const lanesMax = 4_096;

interface LaneSet<Lane> {
  /** As the edge's newest hello says. */
  count: number;
  readonly lanes: Map<number, Lane>;
}

export class EdgeLanes<Lane> {
  /** By worker's address, then by edge. */
  readonly #byWorker = new Map<string, Map<string, LaneSet<Lane>>>();
  #size = 0;

  get isFull(): boolean {
    return this.#size >= lanesMax;
  }

  *[Symbol.iterator](): Generator<Lane> {
    for (const edges of this.#byWorker.values()) {
      for (const { lanes } of edges.values()) yield* lanes.values();
    }
  }

  /** Which lane carries that session's messages. */
  find(worker: string, edge: string, sessionId: string): Lane | undefined {
    const set = this.#byWorker.get(worker)?.get(edge);
    return set?.lanes.get(laneOf(sessionId, set.count));
  }

  /** Returns the one it replaces. */
  add(worker: string, place: LanePlace, lane: Lane): Lane | undefined {
    const { edge, number, count } = place;
    const edges = this.#byWorker.get(worker) ?? new Map<string, LaneSet<Lane>>();
    this.#byWorker.set(worker, edges);
    const set = edges.get(edge) ?? { count, lanes: new Map<number, Lane>() };
    edges.set(edge, set);
    set.count = count;
    const replaced = set.lanes.get(number);
    if (replaced === undefined) this.#size++;
    set.lanes.set(number, lane);
    return replaced;
  }

  /** Unless another has its place by now. */
  remove(worker: string, { edge, number }: LanePlace, lane: Lane): void {
    const edges = this.#byWorker.get(worker);
    const set = edges?.get(edge);
    if (set?.lanes.get(number) !== lane) return;
    set.lanes.delete(number);
    this.#size--;
    if (set.lanes.size === 0) edges?.delete(edge);
  }
}

export interface LanePlace {
  readonly edge: string;
  readonly number: number;
  readonly count: number;
}
