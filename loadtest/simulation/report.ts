// What a run of many seeds comes to, in the fields that scripts read.

import type { SeedResult } from "./run-seed.ts";

export interface SimulationReport {
  readonly seeds: number;
  readonly failed: number;
  /** Threads, each on a core if there are so many. */
  readonly jobs: number;
  /** Arrivals at production actors per second of wall time, of all jobs together. */
  readonly events_per_s: number;
  /** Per second of a core's time. */
  readonly events_per_s_per_core: number;
  readonly seeds_per_minute: number;
  readonly events: number;
  readonly simulated_s: number;
  readonly wall_s: number;
  readonly slowest_seed_s: number;
  readonly requests: number;
  readonly completed: number;
  /** How requests ended that were not completed. */
  readonly ends: Readonly<Record<string, number>>;
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Record<string, number>>;
  readonly stress: Readonly<Record<string, number>>;
  readonly failed_seeds: readonly number[];
}

export function reportOf(
  results: readonly SeedResult[],
  { wallS, jobs }: { readonly wallS: number; readonly jobs: number },
): SimulationReport {
  const sum = (of: (result: SeedResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const failedSeeds = results.filter(({ violations }) => violations.length > 0);
  const events = sum(({ arrivals }) => arrivals);
  return {
    seeds: results.length,
    failed: failedSeeds.length,
    jobs,
    events_per_s: Math.round(events / wallS),
    events_per_s_per_core: Math.round((1000 * events) / sum(({ cpuMs }) => cpuMs)),
    seeds_per_minute: Math.round((results.length / wallS) * 60),
    events,
    simulated_s: Math.round(sum(({ simulatedMs }) => simulatedMs) / 1000),
    wall_s: Number(wallS.toFixed(2)),
    slowest_seed_s: Number((Math.max(...results.map(({ wallMs }) => wallMs)) / 1000).toFixed(2)),
    requests: sum(({ requests }) => requests),
    completed: sum(({ completed }) => completed),
    ends: merged(results.map(({ failedWith }) => failedWith)),
    faults: merged(results.map(({ faults }) => faults)),
    stress: merged(results.map(({ stress }) => stress)),
    failed_seeds: failedSeeds.map(({ seed }) => seed).slice(0, 100),
  };
}

function merged(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of counts) {
    for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
