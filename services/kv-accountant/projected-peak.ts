// The most blocks that sequences decoding in step will ever hold together, from what each holds and has left to decode.
// Law: never less than what they come to hold if each grows by a token a step and ends where predicted; at most one
// block a sequence more. Not the accountant's rule yet: decisions/2026-11-28-projected-peak.md says why, with figures.

export interface Growth {
  /** Prompt and what is decoded. */
  readonly heldTokens: number;
  readonly leftTokens: number;
}

/** Occupancy peaks just before an end: `max_k (k·r_k + Σ_{i≤k} h_i)`, r falling, each sequence's last block rounded up. O(n log n). */
export function projectedPeakBlocks(growths: readonly Growth[], blockTokens: number): number {
  let heldTokens = 0;
  let peakBlocks = 0;
  const longestFirst = growths.toSorted((a, b) => b.leftTokens - a.leftTokens);
  for (const [index, growth] of longestFirst.entries()) {
    heldTokens += growth.heldTokens;
    const stillThere = index + 1;
    const tokens = stillThere * (growth.leftTokens + blockTokens - 1) + heldTokens;
    peakBlocks = Math.max(peakBlocks, Math.floor(tokens / blockTokens));
  }
  return peakBlocks;
}
