// How much of a metric an owner takes at a time: the most that is free, so the most of a window that its crash forfeits.

import type { Quota, QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import { limitCounted } from "#shared/model/quota.ts";

/** Of the smallest window. */
const slicePercent = 2;

/** Of what no quota limits: told to the store once so much of it was used. GPU time in milliseconds. */
const untoldMost: Readonly<Record<QuotaMetric, number>> = {
  tokens: 100_000,
  "prompt-tokens": 100_000,
  "output-tokens": 100_000,
  requests: 200,
  "gpu-seconds": 60_000,
};

export function sliceOf(
  quotas: readonly Quota[],
  period: QuotaPeriod,
  metric: QuotaMetric,
): number {
  const ofMetric = quotas.filter((quota) => quota.metric === metric);
  if (!ofMetric.some((quota) => quota.period === period)) return untoldMost[metric];
  const limits = ofMetric.map(limitCounted);
  return Math.max(1, Math.floor((Math.min(...limits) * slicePercent) / 100));
}
