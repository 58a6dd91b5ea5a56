// Service and demand per client and second of a run. Service: the prompt's cost at the first output token, an output
// token's cost when it is delivered. Demand: the full cost at the arrival, whether it was served or refused.

import { fullCost, outputTokenCost, promptTokenCost } from "./suite-request.ts";
import type { Delivery } from "./suite-request.ts";

export interface ServiceSeries {
  readonly horizonS: number;
  /** By client, then by second. */
  readonly served: readonly Float64Array[];
  readonly demanded: readonly Float64Array[];
}

/** What happens after the horizon counts for neither. */
export function seriesOf(
  deliveries: readonly Delivery[],
  { clients, horizonS }: { readonly clients: number; readonly horizonS: number },
): ServiceSeries {
  const empty = (): Float64Array[] =>
    Array.from({ length: clients }, () => new Float64Array(horizonS));
  const served = empty();
  const demanded = empty();
  for (const { request, tokensAtMs } of deliveries) {
    const { client, atMs, promptTokens } = request;
    add(demanded[client], atMs, fullCost(request));
    const [firstMs] = tokensAtMs;
    if (firstMs !== undefined) add(served[client], firstMs, promptTokens * promptTokenCost);
    for (const tokenMs of tokensAtMs) add(served[client], tokenMs, outputTokenCost);
  }
  return { horizonS, served, demanded };
}

function add(seconds: Float64Array | undefined, atMs: number, cost: number): void {
  const second = Math.floor(atMs / 1000);
  if (seconds !== undefined && second < seconds.length) {
    seconds[second] = (seconds[second] ?? 0) + cost;
  }
}

/** Sums of the first 0, 1, 2 … seconds. */
export function runningSums(seconds: Float64Array): Float64Array {
  const sums = new Float64Array(seconds.length + 1);
  for (const [second, cost] of seconds.entries()) sums[second + 1] = (sums[second] ?? 0) + cost;
  return sums;
}
