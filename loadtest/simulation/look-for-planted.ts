// Plants each known bug in turn and tells which are found, by whom and how soon.

import { performance } from "node:perf_hooks";
import type { SimulationWanted } from "./command-line.ts";
import { seedsOf } from "./command-line.ts";
import { findPlanted } from "./find-planted.ts";
import { plantedBugs } from "./planted-bugs.ts";

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

export function lookForPlanted(
  wanted: SimulationWanted,
  tell: (line: string) => void,
): PlantedReport {
  const beganAt = performance.now();
  const findings = plantedBugs.map((bug) => {
    const finding = findPlanted(bug, seedsOf(wanted));
    const { seed, seedsRun, violation } = finding;
    const found =
      seed === undefined
        ? `NOT found within ${seedsRun} seeds`
        : `found by ${violation?.checker} in seed ${seed}: ${violation?.what}`;
    tell(`${bug.name} ${found}`);
    return finding;
  });
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
