// Runs seeds, one after the other or on several cores: tells what failed and how to repeat it, shrinks it to a small case
// and keeps that.

import { performance } from "node:perf_hooks";
import { relative } from "node:path";
import process from "node:process";
import type { SimulationWanted } from "./command-line.ts";
import { seedsOf } from "./command-line.ts";
import { atomsOf } from "./plan-atoms.ts";
import { regressFolder, saveCase } from "./regress-case.ts";
import type { SimulationReport } from "./report.ts";
import { reportOf } from "./report.ts";
import type { SeedResult } from "./run-seed.ts";
import { runTasks } from "./run-tasks.ts";
import { shrinkSeed } from "./shrink-seed.ts";
import type { SeedTask } from "./simulation-task.ts";

const progressEveryMs = 3000;

type Tell = (line: string) => void;

export async function runSeeds(wanted: SimulationWanted, tell: Tell): Promise<SimulationReport> {
  const beganAt = performance.now();
  const results: SeedResult[] = [];
  let toldAt = beganAt;
  let shrinkMs = 1000 * wanted.shrinkSeconds;
  await runTasks(seedTasks(wanted, beganAt), wanted.jobs, (result) => {
    results.push(result);
    if (result.violations.length > 0) {
      const failedAt = performance.now();
      process.stderr.write(failureText(result));
      shrink(result, shrinkMs);
      shrinkMs -= performance.now() - failedAt;
    }
    if (performance.now() - toldAt < progressEveryMs) return;
    toldAt = performance.now();
    tell(`${results.length} of ${wanted.seeds} seeds`);
  });
  const wallS = (performance.now() - beganAt) / 1000;
  return reportOf(
    results.toSorted((a, b) => a.seed - b.seed),
    { wallS, jobs: wanted.jobs },
  );
}

function* seedTasks(wanted: SimulationWanted, beganAt: number): Generator<SeedTask> {
  const untilMs = beganAt + 1000 * (wanted.secondsMax ?? Infinity);
  let given = 0;
  for (const seed of seedsOf(wanted)) {
    if (given++ > 0 && performance.now() > untilMs) return;
    yield { kind: "seed", seed };
  }
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
