// What an outbox keeps for the ledger: usage of a request, or GPU time of a worker's life and minute. Law: two of one key merge by
// maximum, so that both may be kept, sent and stored again.

import type { GpuEntry } from "./gpu-word.ts";
import { gpuEntryKey, mergeGpuEntries } from "./gpu-word.ts";
import type { UsageEntry } from "./merge-usage.ts";
import { mergeUsage } from "./merge-usage.ts";

export interface KeptGpuTime {
  readonly gpuTime: GpuEntry;
}

export type KeptEntry = UsageEntry | KeptGpuTime;

export const isKeptUsage = (entry: KeptEntry): entry is UsageEntry => "record" in entry;

export const usageOfKept = (entries: readonly KeptEntry[]): readonly UsageEntry[] =>
  entries.filter(isKeptUsage);

export const gpuTimeOfKept = (entries: readonly KeptEntry[]): readonly GpuEntry[] =>
  entries.flatMap((entry) => (isKeptUsage(entry) ? [] : [entry.gpuTime]));

/** Each merged with those of its key, in the order in which they were first met. */
export function mergeKept(entries: Iterable<KeptEntry>): readonly KeptEntry[] {
  const usage = new Map<string, UsageEntry>();
  const gpuTime = new Map<string, GpuEntry>();
  for (const entry of entries) {
    if (isKeptUsage(entry)) {
      const key = `${entry.record.tenant}/${entry.record.requestId}`;
      usage.set(key, mergeUsage(usage.get(key), entry));
    } else {
      const key = gpuEntryKey(entry.gpuTime);
      gpuTime.set(key, mergeGpuEntries(gpuTime.get(key), entry.gpuTime));
    }
  }
  return [...usage.values(), ...[...gpuTime.values()].map((one) => ({ gpuTime: one }))];
}
