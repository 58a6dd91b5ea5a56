// What one tenant got: latencies, goodput, tokens, and every kind of no.

import { percentile } from "./percentile.ts";
import type { StreamOutcome } from "./stream-client.ts";

export interface Slo {
  readonly ttftMs: number;
  readonly tpotMs: number;
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface TenantReport {
  readonly tenant: string;
  readonly sent: number;
  readonly completed: number;
  /** Code → count. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Reason → count: not reached, cut off, timed out or never sent. */
  readonly broken: Readonly<Record<string, number>>;
  readonly ttftMs: Latency;
  readonly tpotMs: Latency;
  readonly e2eMs: Latency;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Requests per second that met both targets. */
  readonly goodput: number;
}

interface TenantOutcomes {
  readonly tenant: string;
  readonly outcomes: readonly StreamOutcome[];
  readonly slo: Slo;
  readonly elapsedS: number;
}

export function reportTenant({ tenant, outcomes, slo, elapsedS }: TenantOutcomes): TenantReport {
  const completed = outcomes.filter((outcome) => outcome.kind === "completed");
  const tpotOf = (outcome: (typeof completed)[number]): number =>
    outcome.outputTokens > 1 ? outcome.decodeMs / (outcome.outputTokens - 1) : 0;
  const good = completed.filter(
    (outcome) => outcome.ttftMs <= slo.ttftMs && tpotOf(outcome) <= slo.tpotMs,
  );
  return {
    tenant,
    sent: outcomes.length,
    completed: completed.length,
    refusals: countBy(outcomes.flatMap((one) => (one.kind === "refused" ? [one.code] : []))),
    broken: countBy(outcomes.flatMap((one) => (one.kind === "broken" ? [one.reason] : []))),
    ttftMs: latency(completed.map((outcome) => outcome.ttftMs)),
    tpotMs: latency(completed.filter((outcome) => outcome.outputTokens > 1).map(tpotOf)),
    e2eMs: latency(completed.map((outcome) => outcome.e2eMs)),
    promptTokens: completed.reduce((sum, outcome) => sum + outcome.promptTokens, 0),
    outputTokens: completed.reduce((sum, outcome) => sum + outcome.outputTokens, 0),
    goodput: round(good.length / elapsedS),
  };
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function latency(values: readonly number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    p50: round(percentile(sorted, 0.5)),
    p95: round(percentile(sorted, 0.95)),
    p99: round(percentile(sorted, 0.99)),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

const titles: readonly string[] = [
  "tenant",
  "sent",
  "done",
  "refused",
  "broken",
  "goodput/s",
  "TTFT ms p50/p95/p99",
  "TPOT ms p50/p95/p99",
  "prompt tok",
  "output tok",
];

/** A table for people: every column as wide as its widest cell. */
export function formatReports(reports: readonly TenantReport[]): string {
  const rows = reports.map((report) => [
    report.tenant,
    String(report.sent),
    String(report.completed),
    String(sumOf(report.refusals)),
    String(sumOf(report.broken)),
    report.goodput.toFixed(2),
    triple(report.ttftMs),
    triple(report.tpotMs),
    String(report.promptTokens),
    String(report.outputTokens),
  ]);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [titles, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  return [
    ...lines,
    ...kindsOf("refusals:", reports, ({ refusals }) => refusals),
    ...kindsOf("broken:", reports, ({ broken }) => broken),
  ].join("\n");
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function kindsOf(
  title: string,
  reports: readonly TenantReport[],
  counts: (report: TenantReport) => Readonly<Record<string, number>>,
): readonly string[] {
  const kinds = reports.flatMap((report) =>
    Object.entries(counts(report)).map(([kind, count]) => `  ${report.tenant}: ${count} × ${kind}`),
  );
  return kinds.length === 0 ? [] : [title, ...kinds];
}

const triple = ({ p50, p95, p99 }: Latency): string =>
  [p50, p95, p99].map((value) => (Number.isNaN(value) ? "–" : value.toFixed(1))).join(" / ");
