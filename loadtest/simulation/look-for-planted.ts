// Plants each known bug in turn and tells which are found, by whom and how soon.

import { performance } from "node:perf_hooks";
import type { SimulationWanted } from "./command-line.ts";
import { seedsOf } from "./command-line.ts";
import type { Finding } from "./find-planted.ts";
import { plantedBugs } from "./planted-bugs.ts";
import { runTasks } from "./run-tasks.ts";
import type { PlantedTask } from "./simulation-task.ts";

export interface PlantedReport {
  readonly planted: number;
  readonly found: number;
  readonly rows: readonly {
    readonly bug: string;
    /** Null: not found. */
    readonly checker: string | null;
    readonly seeds_needed: number | null;
  }[];
  readonly seeds: number;
  readonly wall_s: number;
}

export async function lookForPlanted(
  wanted: SimulationWanted,
  tell: (line: string) => void,
): Promise<PlantedReport> {
  const beganAt = performance.now();
  const found = new Map<string, Finding>();
  await runTasks(plantedTasks(wanted), wanted.jobs, (finding) => {
    const { bug, seed, seedsRun, violation } = finding;
    found.set(bug, finding);
    const text =
      seed === undefined
        ? `NOT found within ${seedsRun} seeds`
        : `found by ${violation?.checker} in seed ${seed}: ${violation?.what}`;
    tell(`${bug} ${text}`);
  });
  const findings = plantedBugs.flatMap(({ name }) => found.get(name) ?? []);
  return {
    planted: findings.length,
    found: findings.filter(({ seed }) => seed !== undefined).length,
    rows: findings.map(({ bug, seed, seedsRun, violation }) => ({
      bug,
      checker: violation?.checker ?? null,
      seeds_needed: seed === undefined ? null : seedsRun,
    })),
    seeds: findings.reduce((sum, { seedsRun }) => sum + seedsRun, 0),
    wall_s: Number(((performance.now() - beganAt) / 1000).toFixed(2)),
  };
}

function* plantedTasks(wanted: SimulationWanted): Generator<PlantedTask> {
  for (const { name } of plantedBugs) {
    yield { kind: "planted", bug: name, seeds: [...seedsOf(wanted)] };
  }
}
