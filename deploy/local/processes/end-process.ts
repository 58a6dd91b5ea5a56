// Ends a process for certain: asks, waits a bounded time, then kills.

import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessIdentity } from "./process-identity.ts";
import { lives, signalProcess } from "./process-identity.ts";

export interface EndProcess {
  readonly signal: NodeJS.Signals;
  readonly patienceMs: number;
}

const lookEveryMs = 20;
const afterKillMs = 5_000;

/** Resolves when the process is gone: whether it went without being killed. */
export async function endProcess(
  identity: ProcessIdentity,
  { signal, patienceMs }: EndProcess,
): Promise<boolean> {
  signalProcess(identity, signal);
  // A stopped process hears nothing until it goes on.
  signalProcess(identity, "SIGCONT");
  if (await isGoneWithin(identity, patienceMs)) return true;
  signalProcess(identity, "SIGKILL");
  if (await isGoneWithin(identity, afterKillMs)) return false;
  throw new Error(`process ${identity.pid} is still there ${afterKillMs / 1000} s after SIGKILL`);
}

async function isGoneWithin(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const untilMs = performance.now() + patienceMs;
  while (lives(identity)) {
    if (performance.now() >= untilMs) return false;
    await sleep(lookEveryMs);
  }
  return true;
}
