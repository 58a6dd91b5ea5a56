// The simulator's command line: runs seeds, tells what failed and how to repeat it, ends with one JSON object.

import { performance } from "node:perf_hooks";
import process from "node:process";
import { clockText } from "./clock-text.ts";
import type { SimulationWanted } from "./command-line.ts";
import { help, parseCommandLine } from "./command-line.ts";
import { findPlanted } from "./find-planted.ts";
import { plantedBugs } from "./planted-bugs.ts";
import { reportOf } from "./report.ts";
import type { SeedOptions, SeedResult } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";

const progressEveryMs = 3000;

// Whoever reads only the first lines has read enough.
process.stdout.on("error", () => {});
process.exitCode = main(process.argv.slice(2));

function main(words: readonly string[]): number {
  const asked = parseCommandLine(words);
  switch (asked.kind) {
    case "help":
      process.stdout.write(help);
      return 0;
    case "mistake":
      process.stderr.write(`sim: ${asked.why}. See npm run sim -- --help\n`);
      return 2;
    case "simulate":
      if (asked.untilMs !== undefined)
        return showSeed({ seed: asked.firstSeed, untilMs: asked.untilMs, tail: asked.tail });
      return asked.isPlanted ? lookForPlanted(asked) : simulate(asked);
    default:
      return asked satisfies never;
  }
}

function simulate(wanted: SimulationWanted): number {
  const beganAt = performance.now();
  const results: SeedResult[] = [];
  let toldAt = beganAt;
  for (const seed of seedsOf(wanted)) {
    const result = runSeed({ seed });
    results.push(result);
    if (result.violations.length > 0) process.stderr.write(failureText(result));
    const nowAt = performance.now();
    if (wanted.secondsMax !== undefined && nowAt - beganAt > wanted.secondsMax * 1000) break;
    if (nowAt - toldAt < progressEveryMs) continue;
    toldAt = nowAt;
    process.stderr.write(`sim: ${results.length} of ${wanted.seeds} seeds\n`);
  }
  const report = reportOf(results, (performance.now() - beganAt) / 1000);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.failed > 0 ? 1 : 0;
}

function* seedsOf({ firstSeed, seeds }: SimulationWanted): Generator<number> {
  for (let count = 0; count < seeds; count++) yield firstSeed + count;
}

function failureText({ seed, violations }: SeedResult): string {
  const lines = violations.map(({ checker, what }) => `  ${checker}: ${what}`);
  return `seed ${seed} failed:\n${lines.join("\n")}\n  npm run sim -- --seed ${seed}\n`;
}

function lookForPlanted(wanted: SimulationWanted): number {
  const beganAt = performance.now();
  const findings = plantedBugs.map((bug) => {
    const finding = findPlanted(bug, seedsOf(wanted));
    const found =
      finding.seed === undefined
        ? `NOT found within ${finding.seedsRun} seeds`
        : `found by ${finding.violation?.checker} in seed ${finding.seed}: ${finding.violation?.what}`;
    process.stderr.write(`sim: ${finding.bug} ${found}\n`);
    return finding;
  });
  const wallS = (performance.now() - beganAt) / 1000;
  const seeds = findings.reduce((sum, { seedsRun }) => sum + seedsRun, 0);
  const arrivals = findings.reduce((sum, finding) => sum + finding.arrivals, 0);
  const failed = findings.filter(({ seed }) => seed === undefined).length;
  const planted = findings.map(({ bug, seed, seedsRun, violation }) => ({
    bug,
    found: seed !== undefined,
    by: violation?.checker ?? null,
    seed: seed ?? null,
    seeds: seedsRun,
  }));
  const report = {
    seeds,
    failed,
    events_per_s: Math.round(arrivals / wallS),
    seeds_per_minute: Math.round((seeds / wallS) * 60),
    wall_s: Number(wallS.toFixed(2)),
    planted,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return failed > 0 ? 1 : 0;
}

function showSeed(options: Required<Pick<SeedOptions, "seed" | "untilMs" | "tail">>): number {
  const { seed, untilMs } = options;
  const { tail, traceHash, arrivals } = runSeed(options);
  for (const { atMs, process: where, what, address, detail } of tail) {
    const said = typeof detail === "string" ? detail : JSON.stringify(detail, shortened);
    process.stdout.write(`${clockText(atMs)} ${where} ${what} ${address} ${said}\n`);
  }
  const report = { seed, until_ms: untilMs, events: arrivals, trace_hash: traceHash };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return 0;
}

/** Prompts and policies would drown the rest. */
function shortened(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value) && value.length > 12) return `${value.length} items`;
  return value;
}
