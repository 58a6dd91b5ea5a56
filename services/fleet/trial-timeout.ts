// How long the trial of an uploaded adapter may take, queue and load included, while its uploader waits for the answer.

import type { EnvironmentReader } from "#shared/config/environment.ts";

/** Shorter than what clients and proxies wait for an answer; long enough to load the largest adapter and to see a burst end. */
const timeoutDefaultMs = 45_000;

export const trialTimeout = (read: EnvironmentReader): number =>
  read.durationMs("FAIRLEAD_ADAPTER_TRIAL_TIMEOUT", timeoutDefaultMs);
