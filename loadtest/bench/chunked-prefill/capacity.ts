// The highest arrival rate that one engine bears: the 99th percentile of the gaps between tokens within a target, and
// no queue that grows. Rates lie on a grid, and a rate is run once whatever the target.

import type { PlannedRequest } from "#loadtest/load/workload.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { LoopFigures } from "./open-loop.ts";
import { OpenLoop } from "./open-loop.ts";

/** 3 % apart, from 0.2 to 11 requests a second. */
const leastPerS = 0.2;
const apart = 1.03;
const gridSize = 136;

export const rateAt = (place: number): number => leastPerS * apart ** place;

/** More than this and the engine is behind: a guard, no figure to compare. */
const ttftP90MostMs = 5000;

export const bears = ({ itlP99Ms, ttftP90Ms, isOverrun }: LoopFigures, targetMs: number): boolean =>
  !isOverrun && itlP99Ms <= targetMs && ttftP90Ms <= ttftP90MostMs;

export class CapacitySearch {
  readonly #spec: SimulatedEngineSpec;
  readonly #requests: readonly PlannedRequest[];
  readonly #known = new Map<number, LoopFigures>();

  /** Arrivals are stretched or pressed to each rate; who comes after whom stays. */
  constructor(spec: SimulatedEngineSpec, requests: readonly PlannedRequest[]) {
    this.#spec = spec;
    this.#requests = requests;
  }

  /** Undefined: not even the least rate. */
  capacity(targetMs: number): { readonly perS: number; readonly figures: LoopFigures } | undefined {
    let below = -1;
    let above = gridSize;
    while (above - below > 1) {
      const place = (above + below) >> 1;
      if (bears(this.#figuresAt(place), targetMs)) below = place;
      else above = place;
    }
    return below < 0 ? undefined : { perS: rateAt(below), figures: this.#figuresAt(below) };
  }

  #figuresAt(place: number): LoopFigures {
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    const lastMs = this.#requests.at(-1)?.atMs ?? 0;
    const stretch = (this.#requests.length * 1000) / (rateAt(place) * lastMs);
    const paced = this.#requests.map((request) => ({ ...request, atMs: request.atMs * stretch }));
    const figures = new OpenLoop(this.#spec, paced).run();
    this.#known.set(place, figures);
    return figures;
  }
}
