// CPU of several processes together, and what they take when nobody asks anything of them.

import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "#loadtest/bench/overhead/child-process.ts";

const idleMs = 2000;

export const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);

/** CPU seconds a second. Three servers agree on things among themselves all the time. */
export async function idleShare(pids: readonly number[]): Promise<number> {
  const before = cpuOf(pids);
  await sleep(idleMs);
  return ((cpuOf(pids) - before) * 1000) / idleMs;
}
