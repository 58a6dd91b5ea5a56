// Whose sequence is preempted first when something must be: the lowest band (the highest number), then the largest KV
// footprint, because it frees most at once, then the least decoded, because least is lost, then the latest. A sequence
// that was preempted three times already comes last of all: everyone gets to the end.

/** A request is preempted at most so often for others' sake. */
export const preemptionsMax = 3;

export interface VictimTraits {
  readonly band: number;
  readonly kvBlocks: number;
  /** Output tokens of this attempt. */
  readonly decodedTokens: number;
  readonly preemptions: number;
  /** Grows with each arrival. */
  readonly order: number;
}

/** Below zero: `a` is preempted before `b`. A strict order: zero only where the traits are the same. */
export function victimOrder(a: VictimTraits, b: VictimTraits): number {
  return (
    Number(a.preemptions >= preemptionsMax) - Number(b.preemptions >= preemptionsMax) ||
    b.band - a.band ||
    b.kvBlocks - a.kvBlocks ||
    a.decodedTokens - b.decodedTokens ||
    b.order - a.order
  );
}

export const isPreemptedBefore = (a: VictimTraits, b: VictimTraits): boolean =>
  victimOrder(a, b) < 0;
