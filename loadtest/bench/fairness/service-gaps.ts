// How unequal the service was: the cumulative gap, the windowed gap, and Jain's index, all on service per weight.

import { runningSums } from "./service-series.ts";
import type { ServiceSeries } from "./service-series.ts";
import type { Delivery } from "./suite-request.ts";

/** Half a window, and how far apart the windows' centres are. */
const halfWindowS = 30;
const centreStepS = 5;

/** The largest difference between two clients' service so far. A figure of fairness only where all stay backlogged. */
export function cumulativeGap({ served }: ServiceSeries, weights: readonly number[]): number {
  const sums = served.map(runningSums);
  let gap = 0;
  for (let second = 1; second < (sums[0]?.length ?? 0); second++) {
    const so = sums.map((sum, client) => (sum[second] ?? 0) / (weights[client] ?? 1));
    gap = Math.max(gap, Math.max(...so) - Math.min(...so));
  }
  return gap;
}

export interface WindowedGap {
  readonly max: number;
  readonly avg: number;
  /** Of the population of windows. */
  readonly variance: number;
}

/**
 * In windows of a minute, the service per second that clients lacked: up to what the best served one got, and never
 * more than they asked for in that window. Backlog from before it is not demand.
 */
export function windowedGap(series: ServiceSeries, weights: readonly number[]): WindowedGap {
  const served = series.served.map(runningSums);
  const demanded = series.demanded.map(runningSums);
  const gaps: number[] = [];
  for (let centreS = halfWindowS; centreS < series.horizonS - halfWindowS; centreS += centreStepS) {
    gaps.push(gapAround(centreS, { served, demanded, weights }));
  }
  const avg = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - avg) ** 2, 0) / gaps.length;
  return { max: Math.max(...gaps), avg, variance };
}

interface Sums {
  readonly served: readonly Float64Array[];
  readonly demanded: readonly Float64Array[];
  readonly weights: readonly number[];
}

function gapAround(centreS: number, { served, demanded, weights }: Sums): number {
  const perSecond = (sum: Float64Array, client: number): number =>
    ((sum[centreS + halfWindowS] ?? 0) - (sum[centreS - halfWindowS] ?? 0)) /
    (2 * halfWindowS) /
    (weights[client] ?? 1);
  const got = served.map(perSecond);
  const asked = demanded.map(perSecond);
  const most = Math.max(...got);
  return got.reduce(
    (sum, own, client) => sum + Math.min(Math.max(asked[client] ?? 0, own), most) - own,
    0,
  );
}

/** Between two moments, over the clients that had an unfinished request at every second of it. Null: there was none. */
export function jainIndex(
  { served }: ServiceSeries,
  deliveries: readonly Delivery[],
  { weights, fromS, untilS }: { weights: readonly number[]; fromS: number; untilS: number },
): number | null {
  const unfinished = served.map(() => new Int32Array(untilS - fromS));
  for (const { request, tokensAtMs } of deliveries) {
    const lastMs = tokensAtMs.at(-1);
    if (lastMs === undefined) continue;
    const first = Math.max(0, Math.ceil(request.atMs / 1000) - fromS);
    const end = Math.min(untilS, Math.ceil(lastMs / 1000)) - fromS;
    const counts = unfinished[request.client];
    if (counts === undefined) continue;
    for (let second = first; second < end; second++) counts[second] = (counts[second] ?? 0) + 1;
  }
  const shares = served
    .map((seconds, client) => {
      const sums = runningSums(seconds);
      return ((sums[untilS] ?? 0) - (sums[fromS] ?? 0)) / (weights[client] ?? 1);
    })
    .filter((_, client) => unfinished[client]?.every((count) => count > 0) === true);
  if (shares.length === 0) return null;
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return sum ** 2 / (shares.length * squares);
}
