// Usage that the ledger does not have yet, one entry per (tenant, request). Bounded: what is dropped first is the
// oldest account of a request that is still open, for its final account is still to come.

import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";

export interface UsageBuffer {
  readonly entriesMax: number;
  /** By key, oldest first. A key is in one of the two. */
  readonly open: Map<string, UsageEntry>;
  readonly settled: Map<string, UsageEntry>;
}

export const startUsageBuffer = (entriesMax: number): UsageBuffer => ({
  entriesMax,
  open: new Map(),
  settled: new Map(),
});

export const bufferedEntries = ({ open, settled }: UsageBuffer): number => open.size + settled.size;

/** Merges an entry with what is there. Answers with what had to be dropped to make room, if anything. */
export function addUsage(buffer: UsageBuffer, arriving: UsageEntry): UsageEntry | undefined {
  place(buffer, mergeUsage(standingFor(buffer, arriving), arriving));
  return bufferedEntries(buffer) > buffer.entriesMax ? dropOldest(buffer) : undefined;
}

/** Puts back what the ledger refused: older than anything under the same key, and behind everything else. */
export function returnUsage(buffer: UsageBuffer, returned: UsageEntry): UsageEntry | undefined {
  const newer = standingFor(buffer, returned);
  place(buffer, newer === undefined ? returned : mergeUsage(returned, newer));
  return bufferedEntries(buffer) > buffer.entriesMax ? dropOldest(buffer) : undefined;
}

/** Takes up to `entriesMax` out: settled ones first, oldest first. */
export function takeUsage({ open, settled }: UsageBuffer, entriesMax: number): UsageEntry[] {
  const taken: UsageEntry[] = [];
  for (const entries of [settled, open]) {
    for (const [key, entry] of entries) {
      if (taken.length >= entriesMax) return taken;
      taken.push(entry);
      entries.delete(key);
    }
  }
  return taken;
}

/** Numbers that a ledger can store and add up, and words that Postgres can hold. */
export function isStorable(record: UsageRecord): boolean {
  return Object.values(record).every((value) =>
    typeof value === "number"
      ? value >= 0 && value <= Number.MAX_SAFE_INTEGER
      : typeof value === "string" && !value.includes("\0"),
  );
}

const keyOf = ({ record }: UsageEntry): string => `${record.tenant}/${record.requestId}`;

function standingFor({ open, settled }: UsageBuffer, entry: UsageEntry): UsageEntry | undefined {
  const key = keyOf(entry);
  return settled.get(key) ?? open.get(key);
}

function place({ open, settled }: UsageBuffer, entry: UsageEntry): void {
  const key = keyOf(entry);
  if (entry.isFinal) {
    open.delete(key);
    settled.set(key, entry);
  } else {
    open.set(key, entry);
  }
}

function dropOldest({ open, settled }: UsageBuffer): UsageEntry | undefined {
  for (const entries of [open, settled]) {
    for (const [key, entry] of entries) {
      entries.delete(key);
      return entry;
    }
  }
  return undefined;
}
