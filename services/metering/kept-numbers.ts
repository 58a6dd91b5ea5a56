// The numbers under which the outbox keeps what this meter holds: upwards, one for each account that it heard. What the
// ledger has is told as one number, so the oldest that still waits decides; merged accounts go by the older of theirs.

import type { GpuEntry } from "#shared/model/gpu-word.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";

/** One entry of the meter's, in its buffer or in a batch. */
interface Held<Entry extends KeptEntry> {
  entry: Entry;
  /** No account in it was heard under an older one. */
  number: number;
}

export interface HeldUsage extends Held<UsageEntry> {
  /** While it is open: not taken before this moment. */
  heldUntilMs: number;
}

export type HeldGpuTime = Held<{ gpuTime: GpuEntry }>;
export type HeldEntry = HeldUsage | HeldGpuTime;

export interface KeptNumbers {
  /** Given last. */
  last: number;
  /** The ledger has everything up to here, as told last. */
  trimmedUpTo: number;
  /** Oldest first. Undefined: it is on disk only, memory was full; the next life brings it. */
  readonly held: Map<number, HeldEntry | undefined>;
}

/** The oldest may lag so far behind before it is written again, if only few are so old: else one that the ledger does not take keeps all files. */
const lagMax = 10_000;
const fewerThan = 4;
/** At once. */
const renewedMax = 100;

export const startKeptNumbers = (): KeptNumbers => ({ last: 0, trimmedUpTo: 0, held: new Map() });

/** How far the outbox may be trimmed now; undefined: no further than told. */
export function trimUpTo(numbers: KeptNumbers): number | undefined {
  const [oldest] = numbers.held.keys();
  const upTo = oldest === undefined ? numbers.last : oldest - 1;
  if (upTo <= numbers.trimmedUpTo) return undefined;
  numbers.trimmedUpTo = upTo;
  return upTo;
}

/** Entries that are to be kept anew, under the numbers that they have now. */
export function renewOldest({ held, ...rest }: KeptNumbers, next: () => number): HeldEntry[] {
  const renewed: HeldEntry[] = [];
  for (const [number, usage] of held) {
    const lag = rest.last - number;
    if (usage === undefined || lag < lagMax || held.size * fewerThan > lag) break;
    if (renewed.length >= renewedMax) break;
    renewed.push(usage);
  }
  for (const usage of renewed) {
    held.delete(usage.number);
    usage.number = next();
    held.set(usage.number, usage);
  }
  return renewed;
}
