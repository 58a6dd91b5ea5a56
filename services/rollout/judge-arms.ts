// Is the new version worse? Compared with the old one in the same stage, from counts alone: its errors, its engine crashes, its
// times to first token and between tokens. Harm is said only with evidence that a version as good would reach once in a thousand
// for each question asked, whatever number of times it is asked; an engine that dies is not waited for.

import type { ArmCounts, RolloutCounts, Sketch } from "#shared/model/arm-counts.ts";
import {
  bucketOf,
  countAbove,
  countOf,
  endedOf,
  quantileBucket,
  upperEdgeMs,
} from "#shared/model/arm-counts.ts";
import type { RolloutStage, RolloutTolerances } from "#shared/model/rollout.ts";
import type { ErrorEvidence } from "#shared/model/rollout-progress.ts";
import type { Tally } from "./evidence.ts";
import {
  addEvidence,
  errorEvidence,
  evidenceAbove,
  likelyMost,
  upperRate,
  wholeEvidence,
} from "./evidence.ts";

export interface Comparison {
  readonly stage: RolloutStage;
  /** Since the stage began. */
  readonly now: RolloutCounts;
  /** In the stage before. */
  readonly before: RolloutCounts;
  /** Since the rollout began. */
  readonly all: RolloutCounts;
  /** From stages that are over. */
  readonly carried: ErrorEvidence;
  readonly tolerances: RolloutTolerances;
}

/** `doubt`: too early to say, and no reason to give it more. */
export type Verdict =
  | { readonly kind: "fine" }
  | { readonly kind: "doubt" | "harm"; readonly reason: string };

interface Finding {
  readonly evidence: number;
  readonly reason: string;
}

/** One in a thousand, for each of the questions. */
export const harmEvidence: number = Math.log(1000);
/** One in twenty. */
const doubtEvidence = Math.log(20);
/** Fewer are an accident. */
const errorsMin = 3;

export function judgeArms(comparison: Comparison): Verdict {
  const burst = crashBurst(comparison);
  if (burst !== undefined) return { kind: "harm", reason: burst };
  const findings = [errorsCompared(comparison), errorsAbove(comparison), ...slowness(comparison)];
  const worst = findings.reduce((most, one) => (one.evidence > most.evidence ? one : most));
  if (worst.evidence >= harmEvidence) return { kind: "harm", reason: worst.reason };
  if (worst.evidence >= doubtEvidence) {
    return { kind: "doubt", reason: `not sure yet: ${worst.reason}` };
  }
  return { kind: "fine" };
}

/** What is judged: in a shadow stage the copies, since no client has the new version. */
export const judgedArm = ({ kind }: RolloutStage, counts: RolloutCounts): ArmCounts =>
  kind === "shadow" ? counts.shadow : counts.v2;

const tallyOf = (counts: ArmCounts): Tally => ({ bad: counts.errors, of: endedOf(counts) });

/** An arm of which nothing was seen has a rate of 0. */
const rateOf = ({ bad, of }: Tally): number => (of === 0 ? 0 : bad / of);

const percent = (rate: number): string => `${(rate * 100).toFixed(rate < 0.1 ? 2 : 1)} %`;

const errorsReason = (first: Tally, second: Tally): string =>
  `errors: ${second.bad} of ${second.of} with v2 (${percent(rateOf(second))}), ` +
  `${first.bad} of ${first.of} with v1 (${percent(rateOf(first))})`;

const nothingFound: Finding = { evidence: -Infinity, reason: "" };

/** How much more often, and by no less than an operator cares about. */
export function errorsOfStage({ stage, now }: Comparison): ErrorEvidence {
  return errorEvidence(tallyOf(now.v1), tallyOf(judgedArm(stage, now)));
}

function errorsCompared(comparison: Comparison): Finding {
  const { stage, all, carried, tolerances } = comparison;
  const first = tallyOf(all.v1);
  const second = tallyOf(judgedArm(stage, all));
  const excess = rateOf(second) - rateOf(first);
  if (second.bad < errorsMin || excess < tolerances.errorRate) return nothingFound;
  const evidence = wholeEvidence(addEvidence(carried, errorsOfStage(comparison)));
  return { evidence, reason: errorsReason(first, second) };
}

/** Beside no old version at all: in this stage above what that could have at most, by all that was seen of it. */
function errorsAbove({ stage, now, all, tolerances }: Comparison): Finding {
  const first = tallyOf(all.v1);
  const second = tallyOf(judgedArm(stage, now));
  if (second.bad < errorsMin) return nothingFound;
  const standing = first.of === 0 ? 0 : upperRate(first, harmEvidence);
  const most = Math.max(standing, tolerances.errorRate);
  return { evidence: evidenceAbove(second, most), reason: errorsReason(first, second) };
}

/** Before a stage is left: so many requests of the new version have to end well that one with a rate to be found would have shown. */
export function requestsToProve({ stage, all, tolerances }: Comparison): number {
  const second = tallyOf(judgedArm(stage, all));
  const most = rateOf(tallyOf(all.v1)) + tolerances.errorMargin;
  // Beyond some hundreds it is as good as proven that it is worse, and `errorsAbove` says so.
  return Math.max(0, Math.ceil(likelyMost(Math.min(second.bad, 500)) / most) - second.of);
}

const burstMin = 3;

/** A fuse, not a test: a false alarm costs a rollout that can be begun again, a true one engines. */
function crashBurst({ stage, now, before }: Comparison): string | undefined {
  const first = now.v1.requests > 0 ? now.v1 : before.v1;
  const { crashes, requests } = judgedArm(stage, now);
  const expected = (first.crashes + 1) / (first.requests + 100);
  if (crashes < burstMin || crashes / Math.max(1, requests) <= 3 * expected) return undefined;
  return (
    `engines: ${crashes} of ${requests} requests with v2 met a crash or NaN, ` +
    `${first.crashes} of ${first.requests} with v1`
  );
}

interface Level {
  readonly level: number;
  readonly name: string;
  /** By how much the excess over 1 that is tolerated is multiplied. */
  readonly slack: number;
}

const levels: readonly Level[] = [
  { level: 0.5, name: "median", slack: 1 },
  { level: 0.9, name: "90th percentile", slack: 2 },
];

/** Of clients' requests alone: copies wait for everybody else, and their times say nothing. */
function slowness({ stage, now, before, tolerances }: Comparison): readonly Finding[] {
  // Nobody has the old one now: what it did at another time of day is no measure to a tenth.
  const isPast = stage.share >= 10_000;
  const { v1: first } = isPast ? before : now;
  const { v2: second } = now;
  const slack = isPast ? 2 : 1;
  return levels.flatMap((level) => [
    compared("TTFT", { ...level, slack: level.slack * slack }, tolerances.ttft, [
      [first.ttftComputed, second.ttftComputed],
      [first.ttftCached, second.ttftCached],
    ]),
    compared("TPOT", { ...level, slack: level.slack * slack }, tolerances.tpot, [
      [first.tpot, second.tpot],
    ]),
  ]);
}

type Pair = readonly [first: Sketch, second: Sketch];

/** Each pair is evidence of its own. */
function compared(what: string, level: Level, tolerance: number, pairs: readonly Pair[]): Finding {
  const factor = 1 + (tolerance - 1) * level.slack;
  let evidence = 0;
  let reason = "";
  for (const [first, second] of pairs) {
    const found = beyond(first, second, { ...level, factor });
    if (found === undefined) continue;
    evidence += found.evidence;
    const { beyondCount, of, limitMs } = found;
    if (reason !== "") reason += ", ";
    reason += `${beyondCount} of ${of} with v2 took more than ${limitMs.toFixed(0)} ms, ${level.name} of v1 times ${factor.toFixed(2)}`;
  }
  return { evidence, reason: `${what}: ${reason}` };
}

interface Beyond {
  readonly evidence: number;
  readonly beyondCount: number;
  readonly of: number;
  readonly limitMs: number;
}

/** Old times to compare with. */
const firstMin = 50;
/** Of all distributions with such samples: so seldom is the true quantile above what is taken for it (Dvoretzky, Kiefer, Wolfowitz). */
const quantileRisk = 0.001;

/** How many of the new times are above a limit that no more than 1 - level should pass. */
function beyond(
  first: Sketch,
  second: Sketch,
  { level, factor }: { readonly level: number; readonly factor: number },
): Beyond | undefined {
  const known = countOf(first);
  const of = countOf(second);
  if (known < firstMin || of === 0) return undefined;
  const margin = Math.sqrt(Math.log(1 / quantileRisk) / (2 * known));
  // Its own level is not known to be above: nothing can be said.
  if (level + margin >= 1) return undefined;
  const standing = quantileBucket(first, level + margin);
  if (standing === undefined) return undefined;
  const limit = bucketOf(upperEdgeMs(standing) * factor);
  const beyondCount = countAbove(second, limit);
  const evidence = evidenceAbove({ bad: beyondCount, of }, 1 - level);
  return { evidence, beyondCount, of, limitMs: upperEdgeMs(limit) };
}
