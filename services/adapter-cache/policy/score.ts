// Frequency, recency and size in one score, as Chameleon has it (Iliakopoulou et al. 2024, §4: weighted, size counting in
// favour of the larger, as it is dearer to have back). Its weights were fitted on its traces; these are the same order:
// frequency most, then size, then recency.

import type { Eviction } from "./eviction.ts";
import { halfLifeMs, usesAt } from "./eviction.ts";

const frequencyWeight = 0.45;
const recencyWeight = 0.1;
const sizeWeight = 0.45;
/** A use count, and bytes, at which their part is a half. */
const usesAtHalf = 4;
const bytesAtHalf = 256e6;

const saturating = (value: number, atHalf: number): number => value / (value + atHalf);

export const score: Eviction = {
  worth: (use, nowMs) =>
    frequencyWeight * saturating(usesAt(use, nowMs), usesAtHalf) +
    recencyWeight * 0.5 ** (Math.max(0, nowMs - use.lastUsedMs) / halfLifeMs) +
    sizeWeight * saturating(use.bytes, bytesAtHalf),
};
