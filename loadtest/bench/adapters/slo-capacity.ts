// The largest rate at which 99 % of the requests meet their targets: on a grid, between neighbours of which one meets them and
// the other does not, so that the search is bounded and two ways of serving are compared at the same rates.

import type { AdapterFigures } from "./measure.ts";

/** 8 % apart, from 2 requests a second and replica upwards. */
const leastPerS = 2;
const apart = 1.08;
const gridSize = 40;
export const withinLeast = 0.99;

export const rateAt = (place: number): number => leastPerS * apart ** place;

export const meets = ({ withinTargets }: AdapterFigures): boolean => withinTargets >= withinLeast;

export interface Capacity {
  /** Per replica; 0: not even the least rate. */
  readonly perS: number;
  readonly figures: AdapterFigures | undefined;
  readonly place: number;
}

/** From a place near the answer: a neighbour's. */
export function capacity(
  measureAt: (perS: number) => AdapterFigures,
  near: number = gridSize >> 1,
): Capacity {
  const known = new Map<number, AdapterFigures>();
  const bears = (place: number): boolean => {
    if (place < 0) return true;
    if (place >= gridSize) return false;
    const figures = known.get(place) ?? measureAt(rateAt(place));
    known.set(place, figures);
    return meets(figures);
  };
  let [below, above] = bracket(bears, near);
  while (above - below > 1) {
    const middle = (above + below) >> 1;
    if (bears(middle)) below = middle;
    else above = middle;
  }
  return { perS: below < 0 ? 0 : rateAt(below), figures: known.get(below), place: below };
}

/** Steps that double, until one side bears and the other does not. */
function bracket(bears: (place: number) => boolean, near: number): readonly [number, number] {
  const start = Math.max(0, Math.min(gridSize - 1, near));
  const isUp = bears(start);
  for (let step = 1; ; step *= 2) {
    const next = Math.max(-1, Math.min(gridSize, isUp ? start + step : start - step));
    const last = isUp ? start + (step >> 1) : start - (step >> 1);
    if (bears(next) !== isUp) return isUp ? [last, next] : [next, last];
  }
}
