// What one worker's adapter slots hold, as its cache believes: resident, or on the way. Law: never more of both
// together than there are slots. The worker's own word, each half second, corrects the belief.

import { assert } from "#shared/actor/assert.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { SlotUses } from "./slot-uses.ts";
import { countUse } from "./slot-uses.ts";
import type { ThrashWatch } from "./thrash.ts";
import { watchThrash } from "./thrash.ts";

/** Where a load's bytes come from, and how many they are. */
export interface LoadSource {
  readonly tier: "host" | "disk";
  readonly bytes: number;
}

interface Loading {
  /** Leaves its slot to this one; empty: the slot was free. */
  readonly evict: AdapterDigest | "";
  readonly askedAtMs: number;
  readonly asked: number;
  readonly source: LoadSource;
}

export interface Residency {
  readonly incarnation: number;
  slots: number;
  /** Least recently used first. */
  readonly residents: Set<AdapterDigest>;
  readonly loading: Map<AdapterDigest, Loading>;
  /** Loaded ahead, and pinned by nobody since: the first to pin one pays for its load. */
  readonly ahead: Set<AdapterDigest>;
  readonly uses: SlotUses;
  readonly thrash: ThrashWatch;
}

export function startResidency(
  incarnation: number,
  slots: number,
  residents: readonly AdapterDigest[],
): Residency {
  return {
    incarnation,
    slots,
    residents: new Set(residents),
    loading: new Map(),
    ahead: new Set(),
    uses: new Map(),
    thrash: watchThrash(),
  };
}

export const hasFreeSlot = ({ residents, loading, slots }: Residency): boolean =>
  residents.size + loading.size < slots;

/** After that eviction: false while the worker holds more than was believed. */
export const leavesRoom = (
  { residents, loading, slots }: Residency,
  evict: AdapterDigest | "",
): boolean => residents.size + loading.size - (evict === "" ? 0 : 1) < slots;

/** It is pinned: the most recently used from here on. */
export function touch({ residents, uses }: Residency, digest: AdapterDigest, nowMs: number): void {
  countUse(uses, digest, nowMs);
  if (residents.delete(digest)) residents.add(digest);
}

export function beginLoading(
  residency: Residency,
  digest: AdapterDigest,
  {
    evict,
    nowMs,
    source,
  }: {
    readonly evict: AdapterDigest | "";
    readonly nowMs: number;
    readonly source: LoadSource;
  },
): void {
  if (evict !== "") {
    residency.residents.delete(evict);
    residency.ahead.delete(evict);
  }
  assert(hasFreeSlot(residency), "adapter slots are not exceeded");
  residency.loading.set(digest, { evict, askedAtMs: nowMs, asked: 1, source });
}

export function becomeResident({ residents, loading }: Residency, digest: AdapterDigest): void {
  loading.delete(digest);
  residents.add(digest);
}

/** What the worker says it holds; gives what arrived by it. A slot in change keeps its belief: the word may be older than the question. */
export function correct(
  residency: Residency,
  slots: number,
  reported: readonly AdapterDigest[],
): ReadonlyMap<AdapterDigest, LoadSource> {
  const { residents, loading } = residency;
  const arrived = new Map<AdapterDigest, LoadSource>();
  for (const digest of reported) {
    const source = loading.get(digest)?.source;
    if (source === undefined) continue;
    arrived.set(digest, source);
    becomeResident(residency, digest);
  }
  const leaving = new Set<string>();
  for (const { evict } of loading.values()) leaving.add(evict);
  for (const digest of residents) {
    if (reported.includes(digest)) continue;
    residents.delete(digest);
    residency.ahead.delete(digest);
  }
  for (const digest of reported) {
    if (!leaving.has(digest)) residents.add(digest);
  }
  residency.slots = slots;
  return arrived;
}
