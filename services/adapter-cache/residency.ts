// What one worker's adapter slots hold, as its cache believes: resident, or on the way. Law: never more of both
// together than there are slots. The worker's own word, each half second, corrects the belief.

import { assert } from "#shared/actor/assert.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";

interface Loading {
  /** Leaves its slot to this one; empty: the slot was free. */
  readonly evict: AdapterDigest | "";
  readonly askedAtMs: number;
  readonly asked: number;
}

export interface Residency {
  readonly incarnation: number;
  slots: number;
  /** Least recently used first. */
  readonly residents: Set<AdapterDigest>;
  readonly loading: Map<AdapterDigest, Loading>;
}

export function startResidency(
  incarnation: number,
  slots: number,
  residents: readonly AdapterDigest[],
): Residency {
  return { incarnation, slots, residents: new Set(residents), loading: new Map() };
}

export const hasFreeSlot = ({ residents, loading, slots }: Residency): boolean =>
  residents.size + loading.size < slots;

/** After that eviction: false while the worker holds more than was believed. */
export const leavesRoom = (
  { residents, loading, slots }: Residency,
  evict: AdapterDigest | "",
): boolean => residents.size + loading.size - (evict === "" ? 0 : 1) < slots;

/** The most recently used from here on. */
export function touch({ residents }: Residency, digest: AdapterDigest): void {
  if (residents.delete(digest)) residents.add(digest);
}

export function beginLoading(
  residency: Residency,
  digest: AdapterDigest,
  { evict, nowMs }: { readonly evict: AdapterDigest | ""; readonly nowMs: number },
): void {
  if (evict !== "") residency.residents.delete(evict);
  assert(hasFreeSlot(residency), "adapter slots are not exceeded");
  residency.loading.set(digest, { evict, askedAtMs: nowMs, asked: 1 });
}

export function becomeResident({ residents, loading }: Residency, digest: AdapterDigest): void {
  loading.delete(digest);
  residents.add(digest);
}

/** What the worker says it holds. A slot in change keeps its belief: the word may be older than the question. */
export function correct(
  residency: Residency,
  slots: number,
  reported: readonly AdapterDigest[],
): AdapterDigest[] {
  const { residents, loading } = residency;
  const arrived = reported.filter((digest) => loading.has(digest));
  for (const digest of arrived) becomeResident(residency, digest);
  const leaving = new Set<string>();
  for (const { evict } of loading.values()) leaving.add(evict);
  for (const digest of residents) {
    if (!reported.includes(digest)) residents.delete(digest);
  }
  for (const digest of reported) {
    if (!leaving.has(digest)) residents.add(digest);
  }
  residency.slots = slots;
  return arrived;
}
