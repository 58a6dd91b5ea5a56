// Whether each planted bug is found, and by the checker that has to: seeds are run until it is.

import type { PlantedBug } from "./planted/planted-bug.ts";
import type { Violation } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";

export interface Finding {
  readonly bug: string;
  /** Absent: not found. */
  readonly seed?: number;
  readonly violation?: Violation;
  readonly seedsRun: number;
  readonly arrivals: number;
}

export function findPlanted(bug: PlantedBug, seeds: Iterable<number>): Finding {
  const { name, foundBy } = bug;
  let seedsRun = 0;
  let arrivals = 0;
  for (const seed of seeds) {
    const result = runSeed({ ...bug, seed, soughtBy: foundBy });
    seedsRun++;
    arrivals += result.arrivals;
    const violation = result.violations.find(({ checker }) => foundBy.includes(checker));
    if (violation !== undefined) return { bug: name, seed, violation, seedsRun, arrivals };
  }
  return { bug: name, seedsRun, arrivals };
}
