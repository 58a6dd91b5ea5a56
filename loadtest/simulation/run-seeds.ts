// Runs seeds one after the other: tells what failed and how to repeat it, shrinks it to a small case and keeps that; and
// runs some of them twice, for a seed is one schedule.

import { performance } from "node:perf_hooks";
import { relative } from "node:path";
import process from "node:process";
import type { SimulationWanted } from "./command-line.ts";
import { seedsOf } from "./command-line.ts";
import { atomsOf } from "./plan-atoms.ts";
import { regressFolder, saveCase } from "./regress-case.ts";
import type { SimulationReport } from "./report.ts";
import { reportOf } from "./report.ts";
import type { SeedResult, Violation } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";
import { shrinkSeed } from "./shrink-seed.ts";

/** Each seed that this divides. */
const twiceEvery = 50;
const progressEveryMs = 3000;

type Tell = (line: string) => void;

export function runSeeds(wanted: SimulationWanted, tell: Tell): SimulationReport {
  const beganAt = performance.now();
  const results: SeedResult[] = [];
  let toldAt = beganAt;
  let shrinkMs = 1000 * wanted.shrinkSeconds;
  for (const seed of seedsOf(wanted)) {
    const result = seed % twiceEvery === 0 ? runTwice(seed) : runSeed({ seed });
    results.push(result);
    if (result.violations.length > 0) {
      const failedAt = performance.now();
      process.stderr.write(failureText(result));
      shrink(result, shrinkMs);
      shrinkMs -= performance.now() - failedAt;
    }
    const nowAt = performance.now();
    if (wanted.secondsMax !== undefined && nowAt - beganAt > wanted.secondsMax * 1000) break;
    if (nowAt - toldAt < progressEveryMs) continue;
    toldAt = nowAt;
    tell(`${results.length} of ${wanted.seeds} seeds`);
  }
  return reportOf(results, (performance.now() - beganAt) / 1000);
}

export function runTwice(seed: number, run: typeof runSeed = runSeed): SeedResult {
  const once = run({ seed });
  const again = run({ seed });
  if (again.traceHash === once.traceHash) return once;
  const what = `${once.traceHash} at first, ${again.traceHash} then`;
  const violation: Violation = { checker: "a-seed-is-one-schedule", what };
  return { ...once, violations: [...once.violations, violation] };
}

function failureText({ seed, violations }: SeedResult): string {
  const lines = violations.map(({ checker, what }) => `  ${checker}: ${what}`);
  return `seed ${seed} failed:\n${lines.join("\n")}\n  npm run sim -- --seed ${seed}\n`;
}

function shrink({ seed, violations: [first] }: SeedResult, forMs: number): void {
  if (first === undefined || forMs <= 0) return;
  const untilMs = performance.now() + forMs;
  const { checker } = first;
  const small = shrinkSeed({ seed }, { checker, isSpent: () => performance.now() > untilMs });
  if (small === undefined) return;
  const path = relative(process.cwd(), saveCase(regressFolder, small));
  const faults = atomsOf(small.plan).length;
  process.stderr.write(
    `  ${checker} still fails with ${faults} faults and ${small.requests.length} requests: ${path}\n`,
  );
}
