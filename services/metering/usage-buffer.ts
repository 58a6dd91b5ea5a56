// Usage that the ledger does not have yet, one entry per (tenant, request). An account of a request that is still open
// is held back a while, since most are soon over and then stored once. Bounded: what is dropped first is the oldest
// account of an open request, for its final account is still to come.

import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { HeldGpuTime, HeldUsage, KeptNumbers } from "./kept-numbers.ts";
import { startKeptNumbers } from "./kept-numbers.ts";

export interface UsageBuffer {
  readonly entriesMax: number;
  readonly numbers: KeptNumbers;
  /** By key, oldest first; `heldUntilMs` grows along `open`. A key is in one of the two. */
  readonly open: Map<string, HeldUsage>;
  readonly settled: Map<string, HeldUsage>;
  /** By life and minute of a worker, oldest first. */
  readonly gpuTimes: Map<string, HeldGpuTime>;
}

const openHeldMs = 1_000;

export const startUsageBuffer = (entriesMax: number): UsageBuffer => ({
  entriesMax,
  numbers: startKeptNumbers(),
  open: new Map(),
  settled: new Map(),
  gpuTimes: new Map(),
});

export const bufferedEntries = ({ open, settled }: UsageBuffer): number => open.size + settled.size;

/** Merges an entry, under a new number, with what is there. Answers with what had to be dropped to make room, if anything. */
export function addUsage(
  buffer: UsageBuffer,
  arriving: UsageEntry,
  nowMs: number,
): UsageEntry | undefined {
  const { numbers } = buffer;
  const key = keyOf(arriving);
  const standing = standingFor(buffer, key);
  const number = ++numbers.last;
  if (standing !== undefined) {
    standing.entry = mergeUsage(standing.entry, arriving);
    place(buffer, key, standing);
    return undefined;
  }
  const held = { entry: arriving, number, heldUntilMs: nowMs + openHeldMs };
  numbers.held.set(number, held);
  place(buffer, key, held);
  return bufferedEntries(buffer) > buffer.entriesMax ? dropOldest(buffer) : undefined;
}

/** Puts back what the ledger refused: older than anything under the same key, and behind everything else. */
export function returnUsage(
  buffer: UsageBuffer,
  returned: HeldUsage,
  nowMs: number,
): UsageEntry | undefined {
  const key = keyOf(returned.entry);
  const newer = standingFor(buffer, key);
  if (newer === undefined) returned.heldUntilMs = nowMs + openHeldMs;
  else {
    returned.entry = mergeUsage(returned.entry, newer.entry);
    returned.heldUntilMs = newer.heldUntilMs;
    buffer.numbers.held.delete(newer.number);
  }
  place(buffer, key, returned);
  return bufferedEntries(buffer) > buffer.entriesMax ? dropOldest(buffer) : undefined;
}

/** Takes up to `entriesMax` out: settled ones first, then open ones that were held long enough, oldest first. */
export function takeUsage(
  { open, settled }: UsageBuffer,
  entriesMax: number,
  nowMs: number,
): HeldUsage[] {
  const taken: HeldUsage[] = [];
  for (const [key, held] of settled) {
    if (taken.length >= entriesMax) return taken;
    taken.push(held);
    settled.delete(key);
  }
  for (const [key, held] of open) {
    if (taken.length >= entriesMax || held.heldUntilMs > nowMs) return taken;
    taken.push(held);
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

const standingFor = ({ open, settled }: UsageBuffer, key: string): HeldUsage | undefined =>
  settled.get(key) ?? open.get(key);

function place({ open, settled }: UsageBuffer, key: string, held: HeldUsage): void {
  if (held.entry.isFinal) {
    open.delete(key);
    settled.set(key, held);
  } else open.set(key, held);
}

/** Of a settled one the number stays, so that the outbox keeps it. */
function dropOldest({ open, settled, numbers }: UsageBuffer): UsageEntry | undefined {
  for (const [key, { entry, number }] of open) {
    open.delete(key);
    numbers.held.delete(number);
    return entry;
  }
  for (const [key, { entry, number }] of settled) {
    settled.delete(key);
    numbers.held.set(number, undefined);
    return entry;
  }
  return undefined;
}
