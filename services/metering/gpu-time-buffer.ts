// GPU time that the ledger does not have yet, one account of each worker's life and minute. Bounded: over that the oldest minutes go,
// for the later ones hold their time too, and are only less exact in when it was.

import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { gpuEntryKey, mergeGpuEntries } from "#shared/model/gpu-word.ts";
import type { HeldGpuTime } from "./kept-numbers.ts";
import type { UsageBuffer } from "./usage-buffer.ts";

const gpuTimesMax = 4096;

/** Merges it, under a new number, with what is there. */
export function addGpuTime(buffer: UsageBuffer, arriving: GpuEntry): void {
  const { numbers, gpuTimes } = buffer;
  const number = ++numbers.last;
  const key = gpuEntryKey(arriving);
  const standing = gpuTimes.get(key);
  if (standing !== undefined) {
    standing.entry = { gpuTime: mergeGpuEntries(standing.entry.gpuTime, arriving) };
    return;
  }
  const held = { entry: { gpuTime: arriving }, number };
  numbers.held.set(number, held);
  gpuTimes.set(key, held);
  dropOldest(buffer);
}

/** Puts back what the ledger refused. */
export function returnGpuTime(buffer: UsageBuffer, returned: HeldGpuTime): void {
  const { numbers, gpuTimes } = buffer;
  const key = gpuEntryKey(returned.entry.gpuTime);
  const newer = gpuTimes.get(key);
  if (newer !== undefined) {
    const gpuTime = mergeGpuEntries(returned.entry.gpuTime, newer.entry.gpuTime);
    returned.entry = { gpuTime };
    numbers.held.delete(newer.number);
  }
  gpuTimes.set(key, returned);
  dropOldest(buffer);
}

export function takeGpuTimes({ gpuTimes }: UsageBuffer, entriesMax: number): HeldGpuTime[] {
  const taken: HeldGpuTime[] = [];
  for (const [key, held] of gpuTimes) {
    if (taken.length >= entriesMax) break;
    taken.push(held);
    gpuTimes.delete(key);
  }
  return taken;
}

function dropOldest({ numbers, gpuTimes }: UsageBuffer): void {
  const [oldest] = gpuTimes;
  if (oldest === undefined || gpuTimes.size <= gpuTimesMax) return;
  gpuTimes.delete(oldest[0]);
  numbers.held.delete(oldest[1].number);
}
