// A row per suite and policy: each figure the median over its runs, with the least and the most beside it.

import type { RunFigures } from "./run-figures.ts";
import { configurationHash, median, rangeOf, rounded } from "./summary.ts";
import type { Range } from "./summary.ts";

/** One run of one suite under one policy. */
export interface MeasuredRun {
  readonly figures: RunFigures;
  readonly preemptions: number;
  /** What only this suite measures, by the name that rows give it. */
  readonly extra: Readonly<Record<string, number>>;
}

export interface FairnessRow {
  readonly suite: string;
  readonly policy: string;
  readonly seeds: number;
  /** Of engine and scheduler settings: equal hashes were measured alike. */
  readonly config: string;
  readonly [figure: string]: string | number | Range | null;
}

const figures: readonly {
  readonly name: string;
  readonly decimals: number;
  readonly of: (run: MeasuredRun) => number | null;
}[] = [
  { name: "max_gap", decimals: 0, of: (run) => run.figures.maxGap },
  { name: "windowed_max", decimals: 1, of: (run) => run.figures.windowedMax },
  { name: "windowed_avg", decimals: 1, of: (run) => run.figures.windowedAvg },
  { name: "windowed_var", decimals: 0, of: (run) => run.figures.windowedVar },
  { name: "jain_weighted", decimals: 6, of: (run) => run.figures.jainWeighted },
  { name: "tokens_per_s", decimals: 1, of: (run) => run.figures.tokensPerS },
  { name: "ttft_p50_ms", decimals: 0, of: (run) => run.figures.ttftP50Ms },
  { name: "ttft_p99_ms", decimals: 0, of: (run) => run.figures.ttftP99Ms },
  { name: "preemptions", decimals: 0, of: (run) => run.preemptions },
  { name: "refused", decimals: 0, of: (run) => run.figures.refused },
];

export function rowOf(
  suite: string,
  policy: string,
  { settings, runs }: { readonly settings: object; readonly runs: readonly MeasuredRun[] },
): FairnessRow {
  const row: Record<string, number | Range | null> = {};
  for (const { name, decimals, of } of figures) put(row, name, { values: runs.map(of), decimals });
  for (const name of Object.keys(runs[0]?.extra ?? {})) {
    put(row, name, { values: runs.map(({ extra }) => extra[name] ?? null), decimals: 3 });
  }
  const config = configurationHash({ suite, policy, settings });
  return { suite, policy, seeds: runs.length, config, ...row };
}

function put(
  row: Record<string, number | Range | null>,
  name: string,
  { values, decimals }: { readonly values: readonly (number | null)[]; readonly decimals: number },
): void {
  const known = values.filter((value): value is number => value !== null && !Number.isNaN(value));
  if (known.length === 0) {
    row[name] = null;
    return;
  }
  const [least, most] = rangeOf(known);
  row[name] = rounded(median(known), decimals);
  row[`${name}_range`] = [rounded(least, decimals), rounded(most, decimals)];
}
