// Simulated against measured: one row of figures per model and engine, and what could not be compared.

import { median, rounded } from "#loadtest/bench/fairness/summary.ts";
import { percentile } from "#loadtest/load/percentile.ts";
import type { Deployment } from "./deployment.ts";
import type { MeasuredRow } from "./measured-rows.ts";

export interface Compared {
  readonly row: MeasuredRow;
  readonly deployment: Deployment;
  readonly ttftMs: number;
  readonly tpotMs: number;
}

export interface FidelityRow {
  readonly model: string;
  readonly backend: string;
  readonly n: number;
  /** Of |simulated ÷ measured − 1|. */
  readonly tpot_error_mean_pct: number;
  readonly tpot_error_p90_pct: number;
  /** Simulated ÷ measured. */
  readonly ttft_ratio_median: number;
  readonly tpot_error_max_pct: number;
  readonly tpot_bias_pct: number;
  readonly host_ms: number;
  /** By profile: one limit per deployment. */
  readonly kv_tokens: Readonly<Record<string, number>>;
}

export function fidelityRows(compared: readonly Compared[]): readonly FidelityRow[] {
  const sets = Map.groupBy(compared, ({ row, deployment }) => `${deployment.model} ${row.backend}`);
  return [...sets.values()].map(fidelityRow);
}

function fidelityRow(set: readonly Compared[]): FidelityRow {
  const errors = set.map((one) => 100 * (one.tpotMs / one.row.tpotMs - 1));
  const sizes = errors.map(Math.abs).toSorted((a, b) => a - b);
  const deployments = set.map(({ deployment }) => deployment);
  return {
    model: set[0]?.deployment.model ?? "",
    backend: set[0]?.row.backend ?? "",
    n: set.length,
    tpot_error_mean_pct: rounded(mean(sizes), 2),
    tpot_error_p90_pct: rounded(percentile(sizes, 0.9), 2),
    ttft_ratio_median: rounded(median(set.map(({ ttftMs, row }) => ttftMs / row.ttftMs)), 3),
    tpot_error_max_pct: rounded(sizes.at(-1) ?? Number.NaN, 2),
    tpot_bias_pct: rounded(mean(errors), 2),
    host_ms: set[0]?.deployment.hostMs ?? Number.NaN,
    kv_tokens: Object.fromEntries(deployments.map(({ profile, kvTokens }) => [profile, kvTokens])),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export interface UnsupportedRows {
  readonly model_path: string;
  readonly backend: string;
  readonly precision: string;
  readonly why: string;
  readonly n: number;
}

export function unsupportedRows(
  rows: readonly { readonly row: MeasuredRow; readonly why: string }[],
): readonly UnsupportedRows[] {
  const sets = Map.groupBy(rows, ({ row, why }) =>
    [row.modelPath, row.backend, row.precision, why].join("\n"),
  );
  return [...sets.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            model_path: first.row.modelPath,
            backend: first.row.backend,
            precision: first.row.precision,
            why: first.why,
            n: 1 + others.length,
          },
        ],
  );
}
