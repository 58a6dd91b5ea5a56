// The GPU adapter slots of one replica: what is resident and what is being loaded, off the batch path. Never more
// than `slots` of both together, and a slot in use is never evicted.

import { assert } from "#shared/actor/assert.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { EngineLoadAdapter } from "#shared/messages/to-engine.ts";
import { adapterLoadUs } from "#shared/model/adapter-tiers.ts";

export interface AdapterSlots {
  readonly slots: number;
  /** Bytes by digest. */
  readonly residents: Map<AdapterDigest, number>;
  readonly loading: Map<AdapterDigest, { readonly bytes: number; readonly doneUs: number }>;
  /** Until when its link, and its disk, are busy with earlier loads' bytes. */
  readonly busyUntilUs: { host: number; disk: number };
}

export const createAdapterSlots = (slots: number): AdapterSlots => ({
  slots,
  residents: new Map(),
  loading: new Map(),
  busyUntilUs: { host: 0, disk: 0 },
});

export type LoadDecision =
  | { readonly kind: "loading" }
  | { readonly kind: "resident" }
  | { readonly kind: "failed"; readonly reason: "no-slot" | "evict-in-use" };

export interface LoadTerms {
  readonly nowUs: number;
  readonly timeScale: number;
  readonly gpusPerHost: number | undefined;
  readonly isInUse: (digest: AdapterDigest) => boolean;
}

/** Begin a load, unless it is there, under way, or has no room. Asking again changes nothing. */
export function beginLoad(
  slots: AdapterSlots,
  message: EngineLoadAdapter,
  { isInUse, ...terms }: LoadTerms,
): LoadDecision {
  const { digest, bytes, evict } = message;
  if (slots.residents.has(digest)) return { kind: "resident" };
  if (slots.loading.has(digest)) return { kind: "loading" };
  if (evict !== "" && slots.residents.has(evict)) {
    if (isInUse(evict)) return { kind: "failed", reason: "evict-in-use" };
    slots.residents.delete(evict);
  }
  if (slots.residents.size + slots.loading.size >= slots.slots) {
    return { kind: "failed", reason: "no-slot" };
  }
  slots.loading.set(digest, { bytes, doneUs: doneUs(slots, message, terms) });
  return { kind: "loading" };
}

/** What a load takes besides its bytes overlaps with other loads; the bytes of one tier come one adapter after the other. */
function doneUs(
  { busyUntilUs }: AdapterSlots,
  { bytes, tier }: Pick<EngineLoadAdapter, "bytes" | "tier">,
  { nowUs, timeScale, gpusPerHost }: Omit<LoadTerms, "isInUse">,
): number {
  const usOf = (of: number): number => adapterLoadUs(of, tier, gpusPerHost) * timeScale;
  const fromUs = Math.max(nowUs + usOf(0), busyUntilUs[tier]);
  busyUntilUs[tier] = Math.round(fromUs + usOf(bytes) - usOf(0));
  return busyUntilUs[tier];
}

/** The digests whose load is over by now; they are resident from here on. */
export function finishLoads(slots: AdapterSlots, nowUs: number): AdapterDigest[] {
  const done: AdapterDigest[] = [];
  for (const [digest, load] of slots.loading) {
    if (load.doneUs > nowUs) continue;
    slots.loading.delete(digest);
    slots.residents.set(digest, load.bytes);
    done.push(digest);
  }
  assert(
    slots.residents.size + slots.loading.size <= slots.slots,
    "adapter slots are not exceeded",
  );
  return done;
}

/** When the last of those that come in is there; 0: none does. */
export function lastLoadUs(slots: AdapterSlots): number {
  let last = 0;
  for (const { doneUs } of slots.loading.values()) last = Math.max(last, doneUs);
  return last;
}

export function nextLoadUs(slots: AdapterSlots): number | undefined {
  let next: number | undefined;
  for (const { doneUs } of slots.loading.values()) {
    if (next === undefined || doneUs < next) next = doneUs;
  }
  return next;
}
