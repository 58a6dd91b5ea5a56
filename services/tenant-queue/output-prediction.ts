// How many output tokens a tenant's request will probably have: per (pool, adapter) a running 0.75 quantile of
// what was seen (Robbins and Monro 1951). Integers; recent outputs weigh more; the number of keys is bounded. Law: what
// was cut off never lowers it, so no tenant gets more than its KV burst by hanging up early and then not.

import type { AdapterDigest, PoolId } from "#shared/model/ids.ts";

const keysMax = 1024;
const firstGuess = 128;
/** Fixed point: 1/256 of a token. */
const scale = 256;
/** The step shrinks from this many tokens … */
const firstStep = 256;
/** … to a share of the estimate, never to zero: the prediction follows a tenant that changes. */
const lastStepDivisor = 16;

interface Estimate {
  /** In 1/256 tokens. */
  quantile: number;
  seen: number;
}

/** In order of last use, the longest unused first. */
export type OutputPredictions = Map<string, Estimate>;

export interface PredictionKey {
  readonly pool: PoolId;
  readonly adapterDigest: AdapterDigest;
}

const keyOf = ({ pool, adapterDigest }: PredictionKey): string => `${pool} ${adapterDigest}`;

/** Of a whole output, before the request's own limit. */
export function predictOutput(predictions: OutputPredictions, key: PredictionKey): number {
  const estimate = predictions.get(keyOf(key));
  return estimate === undefined ? firstGuess : Math.max(1, Math.round(estimate.quantile / scale));
}

export interface SeenOutput {
  readonly outputTokens: number;
  /** It came to its own end. Else its length says only that it would have been at least so long. */
  readonly isWhole: boolean;
}

/** Up by three quarters of a step if more came, down by one quarter if not: balanced where 3 of 4 outputs are below. */
export function observeOutput(
  predictions: OutputPredictions,
  key: PredictionKey,
  { outputTokens, isWhole }: SeenOutput,
): void {
  const name = keyOf(key);
  const estimate = predictions.get(name) ?? { quantile: firstGuess * scale, seen: 0 };
  const isAbove = outputTokens * scale > estimate.quantile;
  if (!isAbove && !isWhole) return;
  const step = Math.max(
    Math.floor((firstStep * scale) / (estimate.seen + 1)),
    Math.floor(estimate.quantile / lastStepDivisor),
    scale,
  );
  const quarter = Math.floor(step / 4);
  estimate.quantile = Math.max(scale, estimate.quantile + (isAbove ? 3 * quarter : -quarter));
  estimate.seen += 1;
  predictions.delete(name);
  predictions.set(name, estimate);
  const oldest = predictions.keys().next();
  if (predictions.size > keysMax && oldest.done !== true) predictions.delete(oldest.value);
}
