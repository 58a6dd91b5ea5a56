// How much of the time each kind of actor takes: every so many arrivals one is timed, for timing all would cost as much
// as what it measures. Actors behave as they are.

import { performance } from "node:perf_hooks";
import type { AnyActor } from "#shared/actor/actor.ts";

/** A prime, so that no rhythm of the fleet's falls in with it. */
const timedEvery = 31;

interface KindTime {
  arrivals: number;
  timed: number;
  timedMs: number;
}

export class MeasuredActors {
  readonly #kinds = new Map<string, KindTime>();

  measured(actor: AnyActor): AnyActor {
    const kind = this.#kindOf(actor.name);
    const receive: AnyActor["receive"] = (state, arrival) => {
      if (++kind.arrivals % timedEvery !== 0) return actor.receive(state, arrival);
      const beganAt = performance.now();
      const effects = actor.receive(state, arrival);
      kind.timedMs += performance.now() - beganAt;
      kind.timed++;
      return effects;
    };
    return { ...actor, receive };
  }

  /** Forget what was before. */
  begin(): void {
    for (const kind of this.#kinds.values())
      Object.assign(kind, { arrivals: 0, timed: 0, timedMs: 0 });
  }

  arrivals(): Readonly<Record<string, number>> {
    return this.#each(({ arrivals }) => arrivals);
  }

  /** Estimated, in milliseconds. */
  times(): Readonly<Record<string, number>> {
    return this.#each(({ arrivals, timed, timedMs }) => (arrivals * timedMs) / Math.max(1, timed));
  }

  #each(of: (kind: KindTime) => number): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#kinds].map(([name, kind]) => [name, of(kind)]));
  }

  #kindOf(name: string): KindTime {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = { arrivals: 0, timed: 0, timedMs: 0 };
      this.#kinds.set(name, kind);
    }
    return kind;
  }
}
