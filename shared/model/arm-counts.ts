// What one edge has seen of one arm of a rollout, from its start: numbers that only grow, so that a report that is lost, late or
// repeated changes nothing. Latencies are counted in buckets a tenth apart, from a tenth of a millisecond to ten minutes.

/** How many fell into each bucket; what follows the last is 0. */
export type Sketch = readonly number[];

export interface ArmCounts {
  /** That were given this arm and admitted. */
  readonly requests: number;
  /** Whole outputs. */
  readonly completed: number;
  /** The platform's failures: engine errors and deadlines; never what a client did or a limit refused. */
  readonly errors: number;
  /** Requests of which an attempt ended because its engine crashed or computed no numbers, whatever became of them. */
  readonly crashes: number;
  /** Time from the first place to the first token, of requests whose prompt was mostly computed, and mostly found in the prefix cache: a version that few have finds less there. */
  readonly ttftComputed: Sketch;
  readonly ttftCached: Sketch;
  readonly tpot: Sketch;
}

export const noCounts: ArmCounts = {
  requests: 0,
  completed: 0,
  errors: 0,
  crashes: 0,
  ttftComputed: [],
  ttftCached: [],
  tpot: [],
};

/** Of a rollout at one edge. */
export interface RolloutCounts {
  readonly v1: ArmCounts;
  readonly v2: ArmCounts;
  /** Copies against `v2`. */
  readonly shadow: ArmCounts;
}

export const noRolloutCounts: RolloutCounts = { v1: noCounts, v2: noCounts, shadow: noCounts };

const leastMs = 0.1;
const growth = Math.log(1.1);
export const sketchBuckets = 165;

/** A bucket holds what is above the bucket before and at most its own upper edge. */
export function bucketOf(ms: number): number {
  if (!(ms > leastMs)) return 0;
  // An upper edge belongs to its bucket, whatever the logarithm's last digit says.
  return Math.min(sketchBuckets - 1, Math.ceil(Math.log(ms / leastMs) / growth - 1e-9));
}

export const upperEdgeMs = (bucket: number): number => leastMs * Math.exp(bucket * growth);

export const countOf = (sketch: Sketch): number => sketch.reduce((sum, count) => sum + count, 0);

/** How many are in buckets above this one. */
export const countAbove = (sketch: Sketch, bucket: number): number =>
  countOf(sketch.slice(bucket + 1));

/** The bucket below or in which so much of all lies, 0 to 1. Undefined: there is nothing in it. */
export function quantileBucket(sketch: Sketch, level: number): number | undefined {
  const wanted = level * countOf(sketch);
  let seen = 0;
  for (const [bucket, count] of sketch.entries()) {
    seen += count;
    if (count > 0 && seen >= wanted) return bucket;
  }
  return undefined;
}

export const quantileMs = (sketch: Sketch, level: number): number | undefined => {
  const bucket = quantileBucket(sketch, level);
  return bucket === undefined ? undefined : upperEdgeMs(bucket);
};

type Combine = (one: number, other: number) => number;

function zipped(one: Sketch, other: Sketch, combine: Combine): Sketch {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, at) => combine(one[at] ?? 0, other[at] ?? 0));
}

function combined(one: ArmCounts, other: ArmCounts, combine: Combine): ArmCounts {
  return {
    requests: combine(one.requests, other.requests),
    completed: combine(one.completed, other.completed),
    errors: combine(one.errors, other.errors),
    crashes: combine(one.crashes, other.crashes),
    ttftComputed: zipped(one.ttftComputed, other.ttftComputed, combine),
    ttftCached: zipped(one.ttftCached, other.ttftCached, combine),
    tpot: zipped(one.tpot, other.tpot, combine),
  };
}

const overArms = (one: RolloutCounts, other: RolloutCounts, combine: Combine): RolloutCounts => ({
  v1: combined(one.v1, other.v1, combine),
  v2: combined(one.v2, other.v2, combine),
  shadow: combined(one.shadow, other.shadow, combine),
});

/** Two reports of one edge, in whatever order. */
export const newest = (one: RolloutCounts, other: RolloutCounts): RolloutCounts =>
  overArms(one, other, Math.max);

/** Of several edges. */
export const together = (one: RolloutCounts, other: RolloutCounts): RolloutCounts =>
  overArms(one, other, (a, b) => a + b);

/** Since then. */
export const since = (now: RolloutCounts, then: RolloutCounts): RolloutCounts =>
  overArms(now, then, (a, b) => Math.max(0, a - b));

/** Those of which something is known. */
export const endedOf = ({ completed, errors }: ArmCounts): number => completed + errors;
