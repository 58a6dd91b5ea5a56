// What a target's processes take when nobody asks anything: leases, beats and the servers' own agreement.

import { setTimeout as sleep } from "node:timers/promises";
import { cpuOfParts, growth } from "./part-figures.ts";
import type { PerPart, Target } from "./target.ts";

const settleMs = 2000;
const idleMs = 5000;

/** Cores, per part. */
export async function measureIdle(target: Target): Promise<PerPart> {
  await sleep(settleMs);
  const before = cpuOfParts(target);
  await sleep(idleMs);
  return growth(before, cpuOfParts(target), 1000 / idleMs);
}
