// How much faster or slower than its table every simulated engine of a process steps: for benchmarks and tests.

import type { EnvironmentReader } from "#shared/config/environment.ts";

export const engineTimeScale = (read: EnvironmentReader): number =>
  read.integer("FAIRLEAD_ENGINE_TIME_SCALE_PERCENT", { fallback: 100, min: 1, max: 100_000 }) / 100;
