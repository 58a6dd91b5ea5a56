// Every figure of one run of one suite. The one implementation: whatever policy or engine served the requests.

import { percentile } from "#loadtest/load/percentile.ts";
import { cumulativeGap, jainIndex, windowedGap } from "./service-gaps.ts";
import { seriesOf } from "./service-series.ts";
import type { Delivery } from "./suite-request.ts";

export interface RunFigures {
  readonly maxGap: number;
  readonly windowedMax: number;
  readonly windowedAvg: number;
  readonly windowedVar: number;
  readonly jainWeighted: number | null;
  readonly tokensPerS: number;
  readonly ttftP50Ms: number;
  readonly ttftP99Ms: number;
  readonly served: number;
  readonly refused: number;
}

/** Jain's index leaves out the first of this many equal parts of the run: queues form in it. */
const warmUpPart = 6;

export function figuresOf(
  deliveries: readonly Delivery[],
  { weights, horizonS }: { readonly weights: readonly number[]; readonly horizonS: number },
): RunFigures {
  const series = seriesOf(deliveries, { clients: weights.length, horizonS });
  const windowed = windowedGap(series, weights);
  const range = { weights, fromS: Math.floor(horizonS / warmUpPart), untilS: horizonS };
  const ttfts = ttftsMs(deliveries).toSorted((a, b) => a - b);
  return {
    maxGap: cumulativeGap(series, weights),
    windowedMax: windowed.max,
    windowedAvg: windowed.avg,
    windowedVar: windowed.variance,
    jainWeighted: jainIndex(series, deliveries, range),
    tokensPerS: tokensPerSecond(deliveries),
    ttftP50Ms: percentile(ttfts, 0.5),
    ttftP99Ms: percentile(ttfts, 0.99),
    served: ttfts.length,
    refused: deliveries.length - ttfts.length,
  };
}

/** Prompt and output tokens of what was served, from 0 to the last completion: the drain counts. */
export function tokensPerSecond(deliveries: readonly Delivery[]): number {
  let tokens = 0;
  let lastMs = 0;
  for (const { request, tokensAtMs } of deliveries) {
    if (tokensAtMs.length === 0) continue;
    tokens += request.promptTokens + tokensAtMs.length;
    lastMs = Math.max(lastMs, tokensAtMs.at(-1) ?? 0);
  }
  return lastMs === 0 ? 0 : (tokens * 1000) / lastMs;
}

export const ttftsMs = (deliveries: readonly Delivery[]): number[] =>
  deliveries.flatMap((delivery) => ttftMs(delivery) ?? []);

/** Undefined: it was refused. */
export function ttftMs({ request, tokensAtMs }: Delivery): number | undefined {
  const [firstMs] = tokensAtMs;
  return firstMs === undefined ? undefined : firstMs - request.atMs;
}

/** 0 for an output of one token, which has no gaps. */
export function tpotMs({ tokensAtMs }: Delivery): number {
  const [firstMs = 0] = tokensAtMs;
  const gaps = tokensAtMs.length - 1;
  return gaps < 1 ? 0 : ((tokensAtMs.at(-1) ?? 0) - firstMs) / gaps;
}
