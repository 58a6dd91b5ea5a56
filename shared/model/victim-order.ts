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

/** Whether `a` is preempted before `b`. A strict order: equal only to itself. */
export function isPreemptedBefore(a: VictimTraits, b: VictimTraits): boolean {
  const aIsSpared = a.preemptions >= preemptionsMax;
  if (aIsSpared !== b.preemptions >= preemptionsMax) return !aIsSpared;
  if (a.band !== b.band) return a.band > b.band;
  if (a.kvBlocks !== b.kvBlocks) return a.kvBlocks > b.kvBlocks;
  if (a.decodedTokens !== b.decodedTokens) return a.decodedTokens < b.decodedTokens;
  return a.order > b.order;
}
