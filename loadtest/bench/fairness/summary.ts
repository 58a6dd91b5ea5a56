// Many runs as one figure: the median and the range, and what configuration a figure belongs to.

import { hash } from "node:crypto";
import { percentile } from "#loadtest/load/percentile.ts";

/** [least, most] */
export type Range = readonly [number, number];

export const median = (values: readonly number[]): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

export const rangeOf = (values: readonly number[]): Range => [
  Math.min(...values),
  Math.max(...values),
];

/** To at most this many decimals, as a number. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

export const roundedRange = ([least, most]: Range, decimals: number): Range => [
  rounded(least, decimals),
  rounded(most, decimals),
];

/** Equal for equal settings: names the engine and scheduler that a row was measured with. */
export const configurationHash = (settings: object): string =>
  hash("sha256", JSON.stringify(settings)).slice(0, 12);
