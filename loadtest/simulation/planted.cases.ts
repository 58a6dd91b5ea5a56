// That planted bugs are found within six seeds, and that nothing is where the same is done to a fleet without them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findPlanted } from "./find-planted.ts";
import type { PlantedBug } from "./planted/planted-bug.ts";
import type { SeedOptions, Violation } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";

const seeds = [1, 2, 3, 4, 5, 6];

export function plantedCases(bugs: readonly PlantedBug[]): void {
  const violationsWithout = rememberingViolations();
  for (const bug of bugs) {
    test(`the planted bug ${bug.name} is found, and nothing is without it`, () => {
      const { bestSeed = 1 } = bug;
      const { seed, seedsRun } = findPlanted(bug, new Set([bestSeed, ...seeds]));
      assert.ok(seed !== undefined, `not found within ${seedsRun} seeds`);
      assert.deepEqual(violationsWithout(bug, seed), []);
    });
  }
}

type ViolationsWithout = (bug: PlantedBug, seed: number) => readonly Violation[];

/** Bugs of one setting share its run. Seeds as they are have a test of their own. */
function rememberingViolations(): ViolationsWithout {
  const known: { readonly options: SeedOptions; readonly violations: readonly Violation[] }[] = [];
  return (bug, seed) => {
    const options: SeedOptions = { seed, ...settingOf(bug) };
    if (Object.keys(options).length === 1) return [];
    const standing = known.find((run) => isSame(run.options, options));
    if (standing !== undefined) return standing.violations;
    const { violations } = runSeed(options);
    known.push({ options, violations });
    return violations;
  };
}

/** What is left of it without the bug itself. */
function settingOf(bug: PlantedBug): Pick<SeedOptions, "aim" | "choose" | "furnish"> {
  const { name: _, foundBy: __, bestSeed: ___, plant: ____, mergeUsage: _____, ...setting } = bug;
  return setting;
}

const isSame = (one: SeedOptions, other: SeedOptions): boolean =>
  one.seed === other.seed &&
  one.aim === other.aim &&
  one.choose === other.choose &&
  one.furnish === other.furnish;
