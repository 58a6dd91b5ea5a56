// Evidence against a new version, as logarithms of e-values: where it is no worse, the chance that such a number ever reaches
// log(1/a) is at most a, however often one looks (Ville's inequality; Ramdas et al., "Game-theoretic statistics and safe
// anytime-valid inference", 2023). So nobody has to decide beforehand when to look, and each report may be judged as it comes.

import type { ErrorEvidence } from "#shared/model/rollout-progress.ts";
import { logBeta } from "./log-beta.ts";

/** Of so many tried, so many were bad. */
export interface Tally {
  readonly bad: number;
  readonly of: number;
}

/** Jeffreys' prior over all rates: a likelihood that expects nothing in particular. */
const logMixture = ({ bad, of }: Tally): number =>
  logBeta(bad + 0.5, of - bad + 0.5) - logBeta(0.5, 0.5);

const xlogy = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log(y));

const logLikelihood = ({ bad, of }: Tally, rate: number): number =>
  xlogy(bad, rate) + xlogy(of - bad, 1 - rate);

/** That the rate is above `most`: the mixture over the likeliest rate that is not (universal inference, Wasserman et al. 2020). */
export function evidenceAbove(tally: Tally, most: number): number {
  if (tally.of === 0) return 0;
  return logMixture(tally) - logLikelihood(tally, Math.min(most, tally.bad / tally.of));
}

/** Rates above it have evidence of so much against them: the upper end of a confidence sequence. */
export function upperRate(tally: Tally, logEvidence: number): number {
  if (tally.of === 0) return 1;
  let low = tally.bad / tally.of;
  let high = 1;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    if (logMixture(tally) - logLikelihood(tally, middle) < logEvidence) low = middle;
    else high = middle;
  }
  return high;
}

/** Error rates so many times as high are looked for. */
export const errorRatios: readonly number[] = [2, 4, 8, 32];

export const noErrorEvidence: ErrorEvidence = errorRatios.map(() => 0);

/**
 * That `second` fails so many times as often as `first`, which ran at the same time. If it does not, each failure is the second's with
 * the chance of its share of what ran; so no rate needs to be known, and what fails both alike says nothing.
 */
export function errorEvidence(first: Tally, second: Tally): ErrorEvidence {
  const all = first.of + second.of;
  if (all === 0) return noErrorEvidence;
  const share = second.of / all;
  return errorRatios.map((ratio) => {
    const norm = Math.log(ratio * share + 1 - share);
    return second.bad * (Math.log(ratio) - norm) - first.bad * norm;
  });
}

export const addEvidence = (one: ErrorEvidence, other: ErrorEvidence): ErrorEvidence =>
  one.map((evidence, at) => evidence + (other[at] ?? 0));

/** Over all ratios alike. */
export function wholeEvidence(evidence: ErrorEvidence): number {
  const most = Math.max(...evidence);
  const sum = evidence.reduce((total, one) => total + Math.exp(one - most), 0);
  return most + Math.log(sum / evidence.length);
}

/** Of rare events, of which so many were seen: as many or fewer would be seen once in ten times if more were to be expected. */
export function likelyMost(seen: number): number {
  let low = 0;
  let high = 10 + 4 * seen;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    if (atMost(seen, middle) > 0.1) low = middle;
    else high = middle;
  }
  return high;
}

/** Poisson. */
function atMost(seen: number, expected: number): number {
  let term = Math.exp(-expected);
  let sum = term;
  for (let count = 1; count <= seen; count++) {
    term *= expected / count;
    sum += term;
  }
  return sum;
}
