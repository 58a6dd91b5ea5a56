// Every place the router knows, by request; attempts of one request hang on each other, the newest first.

import type { RequestId } from "#shared/model/ids.ts";
import type { Placement } from "./placement.ts";

export class PlacementTable {
  readonly #newest: Map<RequestId, Placement> = new Map();
  /** All but the running ones: what the tick looks after. */
  readonly pending: Set<Placement> = new Set();

  get requests(): number {
    return this.#newest.size;
  }

  newest(requestId: RequestId): Placement | undefined {
    return this.#newest.get(requestId);
  }

  find(requestId: RequestId, attempt: number): Placement | undefined {
    let placement = this.#newest.get(requestId);
    while (placement !== undefined && placement.attempt !== attempt) placement = placement.older;
    return placement;
  }

  add(placement: Placement): void {
    placement.older = this.#newest.get(placement.requestId);
    this.#newest.set(placement.requestId, placement);
    if (placement.state !== "running") this.pending.add(placement);
  }

  remove(placement: Placement): void {
    this.pending.delete(placement);
    const { requestId, older } = placement;
    const newest = this.#newest.get(requestId);
    if (newest === placement) {
      if (older === undefined) this.#newest.delete(requestId);
      else this.#newest.set(requestId, older);
      return;
    }
    let newer = newest;
    while (newer !== undefined && newer.older !== placement) newer = newer.older;
    if (newer !== undefined) newer.older = older;
  }

  /** Without a copy: nothing may be added or removed meanwhile. */
  *every(): IterableIterator<Placement> {
    for (const newest of this.#newest.values()) {
      let placement: Placement | undefined = newest;
      while (placement !== undefined) {
        yield placement;
        placement = placement.older;
      }
    }
  }

  all(): Placement[] {
    return [...this.every()];
  }
}
