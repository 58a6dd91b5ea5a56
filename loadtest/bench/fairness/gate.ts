// Whether this benchmark may be believed: the published unchunked loop under FCFS and VTC, with these workloads, this
// timing and these metrics, must give the published figures. The runs are the published phases and twelve drawn ones,
// because phases alone move throughput by some percent and a maximum by much more: a figure passes when the run with the
// published phases or the median over phases is near enough, a maximum also when the published one is inside the range.

import { profileNamed } from "#services/worker/engine/profiles.ts";
import type { ArenaTrace } from "./arena.ts";
import { a10gProfileName } from "./engines.ts";
import { publishedSize, runPublishedLoop } from "./published-loop.ts";
import type { PublishedPolicy } from "./published-policies.ts";
import { firstCome, tokenCounters } from "./published-policies.ts";
import type { RunFigures } from "./run-figures.ts";
import { figuresOf } from "./run-figures.ts";
import { median, rangeOf, rounded, roundedRange } from "./summary.ts";
import type { Range } from "./summary.ts";
import type { SuiteRequest } from "./suite-request.ts";
import { onOff, overload2, overload8 } from "./suites.ts";
import type { EvenSuite } from "./suites.ts";

type PolicyName = "fcfs" | "vtc" | "vtc-oracle";

interface Published {
  readonly tokensPerS: number;
  readonly windowedAvg: number;
  /** Absent: it means nothing in this suite, and the windowed maximum stands in its place. */
  readonly maxGap?: number;
  readonly windowedMax: number;
}

interface GateCase {
  readonly suite: EvenSuite;
  readonly policy: PolicyName;
  readonly published: Published;
  /** The published run was longer than the suite: its own horizon. */
  readonly horizonS?: number;
}

/** Sheng et al., OSDI 2024: recomputed from the artefact's published runs with the metrics of this benchmark. */
const cases: readonly GateCase[] = [
  {
    suite: overload2,
    policy: "fcfs",
    horizonS: 600,
    published: { tokensPerS: 876, windowedAvg: 438, windowedMax: 457, maxGap: 263_234 },
  },
  {
    suite: overload2,
    policy: "vtc",
    published: { tokensPerS: 893, windowedAvg: 104, windowedMax: 197, maxGap: 7924 },
  },
  {
    suite: overload8,
    policy: "fcfs",
    published: { tokensPerS: 875, windowedAvg: 237, windowedMax: 257, maxGap: 24_126 },
  },
  {
    suite: overload8,
    policy: "vtc",
    published: { tokensPerS: 875, windowedAvg: 164, windowedMax: 306, maxGap: 3840 },
  },
  {
    suite: onOff,
    policy: "fcfs",
    published: { tokensPerS: 876, windowedAvg: 385, windowedMax: 1351, maxGap: 379_510 },
  },
  {
    suite: onOff,
    policy: "vtc",
    published: { tokensPerS: 879, windowedAvg: 82, windowedMax: 221, maxGap: 8858 },
  },
];

/** The Arena trace has no phases to draw: its one run stands alone. */
const arenaCases: readonly (Published & { readonly policy: PolicyName })[] = [
  { policy: "fcfs", tokensPerS: 776.9, windowedAvg: 297, windowedMax: 683 },
  { policy: "vtc", tokensPerS: 778.8, windowedAvg: 132, windowedMax: 315 },
];

const phaseDraws = 12;
const toleratedTokensPerS = 0.03;
const toleratedWindowedAvg = 0.15;
const toleratedMax = 0.25;

export interface GateRow {
  readonly suite: "gate";
  readonly workload: string;
  readonly policy: PolicyName;
  readonly seeds: number;
  readonly tokens_per_s: number;
  readonly tokens_per_s_range: Range;
  readonly published_tokens_per_s: number;
  readonly windowed_avg: number;
  readonly windowed_avg_range: Range;
  readonly published_windowed_avg: number;
  /** Of the maximum gap where it means something, else of the windowed one. */
  readonly max: number;
  readonly max_range: Range;
  readonly published_max: number;
  readonly passed: boolean;
}

/** `arena`: absent, its two rows are left out. */
export function runGate(arena: ArenaTrace | undefined): readonly GateRow[] {
  const rows = cases.map(({ suite, policy, published, horizonS = suite.horizonS }) => {
    const workloads = [suite.published(horizonS)];
    for (let seed = 1; seed <= phaseDraws; seed++) workloads.push(suite.draw(seed, horizonS));
    const plan = { weights: suite.weights, horizonS };
    const runs = workloads.map((requests) => figuresUnder(policy, requests, plan));
    return judge(suite.name, policy, { published, runs });
  });
  if (arena === undefined) return rows;
  const weights = Array.from({ length: arena.clients }, () => 1);
  const plan = { weights, horizonS: arena.horizonS };
  return rows.concat(
    arenaCases.map(({ policy, ...published }) => {
      const runs = [figuresUnder(policy, arena.requests, plan)];
      return judge("arena", policy, { published, runs });
    }),
  );
}

export function figuresUnder(
  policy: PolicyName,
  requests: readonly SuiteRequest[],
  plan: { readonly weights: readonly number[]; readonly horizonS: number },
): RunFigures {
  const deliveries = runPublishedLoop(requests, {
    profile: profileNamed(a10gProfileName),
    size: publishedSize,
    policy: publishedPolicy(policy, plan.weights),
  });
  return figuresOf(deliveries, plan);
}

const publishedPolicy = (name: PolicyName, weights: readonly number[]): PublishedPolicy =>
  name === "fcfs" ? firstCome() : tokenCounters(weights, { knowsLengths: name === "vtc-oracle" });

function judge(
  workload: string,
  policy: PolicyName,
  { published, runs }: { readonly published: Published; readonly runs: readonly RunFigures[] },
): GateRow {
  const publishedMax = published.maxGap ?? published.windowedMax;
  const maxima = figures(runs, (run) =>
    published.maxGap === undefined ? run.windowedMax : run.maxGap,
  );
  const [least, most] = maxima.range;
  const tokensPerS = figures(runs, (run) => run.tokensPerS);
  const windowedAvg = figures(runs, (run) => run.windowedAvg);
  const passed =
    isNear(tokensPerS, published.tokensPerS, toleratedTokensPerS) &&
    isNear(windowedAvg, published.windowedAvg, toleratedWindowedAvg) &&
    (isNear(maxima, publishedMax, toleratedMax) || (least <= publishedMax && publishedMax <= most));
  return {
    suite: "gate",
    workload,
    policy,
    seeds: runs.length,
    tokens_per_s: rounded(tokensPerS.median, 1),
    tokens_per_s_range: roundedRange(tokensPerS.range, 1),
    published_tokens_per_s: published.tokensPerS,
    windowed_avg: rounded(windowedAvg.median, 1),
    windowed_avg_range: roundedRange(windowedAvg.range, 1),
    published_windowed_avg: published.windowedAvg,
    max: rounded(maxima.median, 0),
    max_range: roundedRange(maxima.range, 0),
    published_max: publishedMax,
    passed,
  };
}

interface Figures {
  /** Of the run with the published phases. */
  readonly published: number;
  readonly median: number;
  readonly range: Range;
}

function figures(runs: readonly RunFigures[], figure: (run: RunFigures) => number): Figures {
  const values = runs.map(figure);
  return { published: values[0] ?? 0, median: median(values), range: rangeOf(values) };
}

const isNear = (measured: Figures, published: number, tolerated: number): boolean =>
  [measured.published, measured.median].some(
    (value) => Math.abs(value / published - 1) <= tolerated,
  );
