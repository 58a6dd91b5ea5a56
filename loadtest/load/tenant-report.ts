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
  /** Code → count, refusals and broken streams together. */
  readonly refusals: Readonly<Record<string, number>>;
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
  const refusals: Record<string, number> = {};
  for (const outcome of outcomes) {
    if (outcome.kind === "completed") continue;
    const name = outcome.kind === "refused" ? outcome.code : `broken: ${outcome.reason}`;
    refusals[name] = (refusals[name] ?? 0) + 1;
  }
  const good = completed.filter(
    (outcome) => outcome.ttftMs <= slo.ttftMs && tpotOf(outcome) <= slo.tpotMs,
  );
  return {
    tenant,
    sent: outcomes.length,
    completed: completed.length,
    refusals,
    ttftMs: latency(completed.map((outcome) => outcome.ttftMs)),
    tpotMs: latency(completed.filter((outcome) => outcome.outputTokens > 1).map(tpotOf)),
    e2eMs: latency(completed.map((outcome) => outcome.e2eMs)),
    promptTokens: completed.reduce((sum, outcome) => sum + outcome.promptTokens, 0),
    outputTokens: completed.reduce((sum, outcome) => sum + outcome.outputTokens, 0),
    goodput: round(good.length / elapsedS),
  };
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

/** A table for people. */
export function formatReports(reports: readonly TenantReport[]): string {
  const head =
    "tenant    sent  done  refused  goodput/s  TTFT ms p50/p95/p99      TPOT ms p50/p95/p99    prompt tok  output tok";
  const rows = reports.map((report) => {
    const refused = report.sent - report.completed;
    return [
      report.tenant.padEnd(8),
      String(report.sent).padStart(6),
      String(report.completed).padStart(6),
      String(refused).padStart(8),
      report.goodput.toFixed(2).padStart(10),
      triple(report.ttftMs).padStart(22),
      triple(report.tpotMs).padStart(22),
      String(report.promptTokens).padStart(12),
      String(report.outputTokens).padStart(12),
    ].join("");
  });
  const kinds = reports.flatMap((report) =>
    Object.entries(report.refusals).map(
      ([code, count]) => `  ${report.tenant}: ${count} × ${code}`,
    ),
  );
  return [head, ...rows, ...(kinds.length === 0 ? [] : ["refusals:", ...kinds])].join("\n");
}

const triple = ({ p50, p95, p99 }: Latency): string =>
  [p50, p95, p99].map((value) => (Number.isNaN(value) ? "–" : value.toFixed(1))).join(" / ");
