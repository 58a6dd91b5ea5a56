// The GPU adapter slots of one replica: what is resident and what is being loaded, off the batch path. Never more
// than `slots` of both together, and a slot in use is never evicted.

import { assert } from "#shared/actor/assert.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { EngineLoadAdapter } from "#shared/messages/to-engine.ts";
import { hostBytesPerMs } from "./host-link.ts";

export interface AdapterSlots {
  readonly slots: number;
  /** Bytes by digest. */
  readonly residents: Map<AdapterDigest, number>;
  readonly loading: Map<AdapterDigest, { readonly bytes: number; readonly doneUs: number }>;
}

export const createAdapterSlots = (slots: number): AdapterSlots => ({
  slots,
  residents: new Map(),
  loading: new Map(),
});

/** Pinned host memory to HBM, besides the bytes. */
const hostFixedMs = 2;
// Disk: parse and pin first. Published loads take 8–40 s on old stacks (vllm#5564, aibrix#1886); one second plus half a
// gigabyte per second is an assumption for a local NVMe drive and a format that needs no conversion.
const diskFixedMs = 1000;
const diskBytesPerMs = 0.5e6;

/** Resident costs nothing, pinned host memory milliseconds, disk a second and more. */
export function loadMs(bytes: number, tier: "host" | "disk", gpusPerHost?: number): number {
  const hostMs = hostFixedMs + bytes / hostBytesPerMs(gpusPerHost);
  return tier === "host" ? hostMs : hostMs + diskFixedMs + bytes / diskBytesPerMs;
}

export type LoadDecision =
  | { readonly kind: "loading" }
  | { readonly kind: "resident" }
  | { readonly kind: "failed"; readonly reason: "no-slot" | "evict-in-use" };

/** Begin a load, unless it is there, under way, or has no room. Asking again changes nothing. */
export function beginLoad(
  slots: AdapterSlots,
  { digest, bytes, evict }: EngineLoadAdapter,
  { doneUs, isInUse }: { doneUs: number; isInUse: (digest: AdapterDigest) => boolean },
): LoadDecision {
  if (slots.residents.has(digest)) return { kind: "resident" };
  if (slots.loading.has(digest)) return { kind: "loading" };
  if (evict !== "" && slots.residents.has(evict)) {
    if (isInUse(evict)) return { kind: "failed", reason: "evict-in-use" };
    slots.residents.delete(evict);
  }
  if (slots.residents.size + slots.loading.size >= slots.slots) {
    return { kind: "failed", reason: "no-slot" };
  }
  slots.loading.set(digest, { bytes, doneUs });
  return { kind: "loading" };
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

export function nextLoadUs(slots: AdapterSlots): number | undefined {
  let next: number | undefined;
  for (const { doneUs } of slots.loading.values()) {
    if (next === undefined || doneUs < next) next = doneUs;
  }
  return next;
}
