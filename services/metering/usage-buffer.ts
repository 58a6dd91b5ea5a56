// Usage that the ledger does not have yet, one entry per (tenant, request). An account of a request that is still open
// is held back a while, since most are soon over and then stored once. Bounded: what is dropped first is the oldest
// account of an open request, for its final account is still to come.

import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";

export interface UsageBuffer {
  readonly entriesMax: number;
  /** By key, oldest first. A key is in one of the two. */
  readonly open: Map<string, HeldEntry>;
  readonly settled: Map<string, UsageEntry>;
}

const openHeldMs = 1_000;

interface HeldEntry {
  readonly entry: UsageEntry;
  /** Not taken before this moment. Grows along `open`, whose order is that of arrival. */
  readonly heldUntilMs: number;
}

export const startUsageBuffer = (entriesMax: number): UsageBuffer => ({
  entriesMax,
  open: new Map(),
  settled: new Map(),
});

export const bufferedEntries = ({ open, settled }: UsageBuffer): number => open.size + settled.size;

/** Merges an entry with what is there. Answers with what had to be dropped to make room, if anything. */
export function addUsage(
  buffer: UsageBuffer,
  arriving: UsageEntry,
  nowMs: number,
): UsageEntry | undefined {
  const key = keyOf(arriving);
  place(buffer, key, mergeUsage(standingFor(buffer, key), arriving), nowMs);
  return bufferedEntries(buffer) > buffer.entriesMax ? dropOldest(buffer) : undefined;
}

/** Puts back what the ledger refused: older than anything under the same key, and behind everything else. */
export function returnUsage(
  buffer: UsageBuffer,
  returned: UsageEntry,
  nowMs: number,
): UsageEntry | undefined {
  const key = keyOf(returned);
  const newer = standingFor(buffer, key);
  place(buffer, key, newer === undefined ? returned : mergeUsage(returned, newer), nowMs);
  return bufferedEntries(buffer) > buffer.entriesMax ? dropOldest(buffer) : undefined;
}

/** Takes up to `entriesMax` out: settled ones first, then open ones that were held long enough, oldest first. */
export function takeUsage(
  { open, settled }: UsageBuffer,
  entriesMax: number,
  nowMs: number,
): UsageEntry[] {
  const taken: UsageEntry[] = [];
  for (const [key, entry] of settled) {
    if (taken.length >= entriesMax) return taken;
    taken.push(entry);
    settled.delete(key);
  }
  for (const [key, { entry, heldUntilMs }] of open) {
    if (taken.length >= entriesMax || heldUntilMs > nowMs) return taken;
    taken.push(entry);
    open.delete(key);
  }
  return taken;
}

/** When the oldest open entry may be taken; undefined when there is none. */
export function openDueAtMs({ open }: UsageBuffer): number | undefined {
  const [oldest] = open.values();
  return oldest?.heldUntilMs;
}

/** Of one request: more is no count but a mistake. */
const countMax = 1e9;
const counts: ReadonlySet<string> = new Set<keyof UsageRecord>([
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "outputTokensBefore",
  "preemptions",
  "attempts",
]);

/** Numbers that a ledger can store and add up, and words that Postgres can hold. */
export function isStorable(record: UsageRecord): boolean {
  for (const field in record) {
    const value = record[field as keyof UsageRecord];
    if (!isStorableValue(value)) return false;
    if (counts.has(field) && !(Number.isInteger(value) && Number(value) <= countMax)) return false;
  }
  return true;
}

const isStorableValue = (value: unknown): boolean =>
  typeof value === "number"
    ? value >= 0 && value <= Number.MAX_SAFE_INTEGER
    : typeof value === "string" && !value.includes("\0");

const keyOf = ({ record }: UsageEntry): string => `${record.tenant}/${record.requestId}`;

const standingFor = ({ open, settled }: UsageBuffer, key: string): UsageEntry | undefined =>
  settled.get(key) ?? open.get(key)?.entry;

function place(
  { open, settled }: UsageBuffer,
  key: string,
  entry: UsageEntry,
  nowMs: number,
): void {
  if (entry.isFinal) {
    open.delete(key);
    settled.set(key, entry);
  } else {
    open.set(key, { entry, heldUntilMs: open.get(key)?.heldUntilMs ?? nowMs + openHeldMs });
  }
}

function dropOldest({ open, settled }: UsageBuffer): UsageEntry | undefined {
  for (const [key, { entry }] of open) {
    open.delete(key);
    return entry;
  }
  for (const [key, entry] of settled) {
    settled.delete(key);
    return entry;
  }
  return undefined;
}
