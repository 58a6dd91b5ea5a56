// What the adapter benchmark asks for: adapters of mixed ranks, popular by a power law, whose popularity may drift; Poisson
// arrivals, uniform lengths. Seeded: the same seed at another rate asks for the same in another time.

import type { HouseAdapter } from "#loadtest/bench/fairness/house-plan.ts";
import type { SuiteRequest } from "#loadtest/bench/fairness/suite-request.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";

/** A rank for each adapter in turn. */
const ranks = [8, 16, 32, 64, 128] as const;

export interface AdapterSet {
  readonly adapters: number;
  readonly tenants: number;
  /** fp16, per rank: by the model's shape and the modules that are targeted. */
  readonly bytesPerRank: number;
  /** Absent: ranks 8 to 128 in turn. */
  readonly rank?: number;
}

/** Digests as long as real ones, which differ from the first character on. */
export function adapterSet({
  adapters,
  tenants,
  bytesPerRank,
  rank,
}: AdapterSet): readonly HouseAdapter[] {
  const random = new SeededRandom(1, "digests");
  return Array.from({ length: adapters }, (_, at) => ({
    digest: hexWord(random) as AdapterDigest,
    bytes: bytesPerRank * (rank ?? ranks[at % ranks.length] ?? 8),
    client: at % tenants,
  }));
}

const hexWord = (random: SeededRandom): string =>
  Array.from({ length: 8 }, () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");

export interface AdapterLoad {
  readonly set: readonly HouseAdapter[];
  /** Of the power law: the k-th most popular is asked for k^-alpha times as often as the first. */
  readonly alpha: number;
  readonly perS: number;
  readonly requests: number;
  readonly seed: number;
  readonly promptTokens: readonly [number, number];
  readonly outputTokens: readonly [number, number];
  /** After each such part of the run the most popular few become the least popular. 1: never. */
  readonly driftPart: number;
}

/** So many fall from the top at each drift. */
const fallAtOnce = 4;

export function adapterRequests(load: AdapterLoad): readonly SuiteRequest[] {
  const { set, perS, requests, seed, driftPart } = load;
  const random = new SeededRandom(seed, "adapter-load");
  const shares = powerLaw(set.length, load.alpha);
  let atMs = 0;
  return Array.from({ length: requests }, (_, number) => {
    atMs += (-Math.log(1 - random.fraction()) * 1000) / perS;
    const drifts = Math.floor(number / (requests * driftPart));
    const place = placeIn(shares, random.fraction());
    const adapter = set[(place + drifts * fallAtOnce) % set.length];
    return {
      client: adapter?.client ?? 0,
      atMs,
      promptTokens: within(random, load.promptTokens),
      outputTokens: within(random, load.outputTokens),
      ...(adapter === undefined ? {} : { adapter: adapter.digest }),
    };
  });
}

const within = (random: SeededRandom, [least, most]: readonly [number, number]): number =>
  random.between(least, most);

/** Cumulative shares. */
function powerLaw(count: number, alpha: number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, at) => (at + 1) ** -alpha);
  let sum = 0;
  for (const [at, share] of shares.entries()) shares[at] = sum += share;
  return shares.map((share) => share / sum);
}

/** The first whose cumulative share is above it. */
function placeIn(shares: Float64Array, at: number): number {
  let below = -1;
  let above = shares.length - 1;
  while (above - below > 1) {
    const middle = (above + below) >> 1;
    if ((shares[middle] ?? 1) > at) above = middle;
    else below = middle;
  }
  return above;
}
