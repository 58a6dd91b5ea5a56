// What one thread is given to do: a seed, or a planted bug to look for in seeds. Plain words, so that they travel.

import type { Finding } from "./find-planted.ts";
import { findPlanted } from "./find-planted.ts";
import { plantedBugs } from "./planted-bugs.ts";
import type { SeedResult, Violation } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";

export interface SeedTask {
  readonly kind: "seed";
  readonly seed: number;
}

export interface PlantedTask {
  readonly kind: "planted";
  readonly bug: string;
  readonly seeds: readonly number[];
}

/** What comes of each kind of task. */
export type ResultOf<Task> = Task extends SeedTask ? SeedResult : Finding;

export function doTask<Task extends SeedTask | PlantedTask>(task: Task): ResultOf<Task>;
export function doTask(task: SeedTask | PlantedTask): SeedResult | Finding {
  if (task.kind === "planted") {
    const bug = plantedBugs.find(({ name }) => name === task.bug);
    if (bug === undefined) throw new Error(`no planted bug is called ${task.bug}`);
    return findPlanted(bug, task.seeds);
  }
  const { seed } = task;
  return seed % twiceEvery === 0 ? runTwice(seed) : runSeed({ seed });
}

/** Each seed that this divides. */
const twiceEvery = 50;

/** A seed is one schedule. */
export function runTwice(seed: number, run: typeof runSeed = runSeed): SeedResult {
  const once = run({ seed });
  const again = run({ seed });
  if (again.traceHash === once.traceHash) return once;
  const what = `${once.traceHash} at first, ${again.traceHash} then`;
  const violation: Violation = { checker: "a-seed-is-one-schedule", what };
  return { ...once, violations: [...once.violations, violation] };
}
