// How long a process was there before its clock began: the kernel has started it, Node had not begun yet. Its GPUs were its own.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

/** Of /proc on every Linux that Node runs on. */
const ticksPerS = 100;
/** Longer, and it was another program that became this one: a shell that had installed it first owned no GPU. */
const believableMs = 5_000;

/** By its clock, so below zero; 0 where the kernel does not say. */
export function processStartMs(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // The second field is the program's name in brackets and may hold spaces; of what follows the start is the twentieth.
    const startedTicks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    const uptimeS = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    const earlierMs = (uptimeS - startedTicks / ticksPerS) * 1000 - performance.now();
    return earlierMs > 0 && earlierMs < believableMs ? -earlierMs : 0;
  } catch {
    return 0;
  }
}
