// What an eviction policy sees of an adapter in a slot, and what it says: how much it is worth there. The least worth leaves;
// between equals the one used longest ago. It sees nothing of who is pinned: those are not among its choices.

import type { AdapterDigest } from "#shared/model/ids.ts";

export interface SlotUse {
  /** Pins, decayed to when it was used last. */
  readonly uses: number;
  readonly lastUsedMs: number;
  readonly bytes: number;
  /** What it would take to have it back. */
  readonly reloadUs: number;
}

export interface Eviction {
  readonly worth: (use: SlotUse, nowMs: number) => number;
}

/** Half of the uses of so long ago still count. */
export const halfLifeMs = 30_000;

/** Uses as of now. */
export const usesAt = (
  { uses, lastUsedMs }: Pick<SlotUse, "uses" | "lastUsedMs">,
  nowMs: number,
): number => uses * 0.5 ** (Math.max(0, nowMs - lastUsedMs) / halfLifeMs);

export interface Candidate extends SlotUse {
  readonly digest: AdapterDigest;
}

/** Undefined: there is none. */
export function leastWorth(
  { worth }: Eviction,
  candidates: Iterable<Candidate>,
  nowMs: number,
): AdapterDigest | undefined {
  let least: Candidate | undefined;
  let leastWorthSoFar = 0;
  for (const candidate of candidates) {
    const its = worth(candidate, nowMs);
    const isLess =
      least === undefined ||
      its < leastWorthSoFar ||
      (its === leastWorthSoFar && candidate.lastUsedMs < least.lastUsedMs);
    if (!isLess) continue;
    least = candidate;
    leastWorthSoFar = its;
  }
  return least?.digest;
}
