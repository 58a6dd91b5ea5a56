// Which resident leaves when a slot is needed: of those that nothing has pinned, the one that its worker's policy values
// least. Laws: what is in use never leaves; what a tenant's terms keep leaves only where such fill more than half of the
// slots, so that they never starve the others.

import { adapterLoadUs } from "#shared/model/adapter-tiers.ts";
import type { AdapterDigest, WorkerId } from "#shared/model/ids.ts";
import type { AdapterCache } from "./cache-state.ts";
import { isPinned } from "./pins.ts";
import type { Candidate } from "./policy/eviction.ts";
import { leastWorth } from "./policy/eviction.ts";
import { evictionNamed } from "./policy/eviction-named.ts";
import type { Residency } from "./residency.ts";
import { neverUsed } from "./slot-uses.ts";

/** By measurement: router/decisions/2026-11-30-adapter-residency.md. */
const evictionDefault = "lru";
const keptShareMost = 0.5;

export interface Place {
  readonly worker: WorkerId;
  readonly residency: Residency;
}

/** `spare`: stays too, though nothing has pinned it. */
export function pickVictim(
  cache: AdapterCache,
  { worker, residency }: Place,
  nowMs: number,
  spare: (digest: AdapterDigest) => boolean = () => false,
): AdapterDigest | undefined {
  const isKept = keptOn(cache, residency);
  const candidates: Candidate[] = [];
  for (const digest of residency.residents) {
    if (isPinned(cache.pins, worker, digest) || isKept(digest) || spare(digest)) continue;
    candidates.push(candidateOf(cache, residency, digest));
  }
  const eviction = evictionNamed(cache.evictions.get(worker) ?? evictionDefault);
  return leastWorth(eviction, candidates, nowMs);
}

function keptOn(
  { catalog }: AdapterCache,
  { residents, slots }: Residency,
): (digest: AdapterDigest) => boolean {
  let kept = 0;
  for (const digest of residents) if (catalog.get(digest)?.isKept === true) kept += 1;
  if (kept === 0 || kept > slots * keptShareMost) return () => false;
  return (digest) => catalog.get(digest)?.isKept === true;
}

function candidateOf(
  { catalog, hostTier }: AdapterCache,
  { uses }: Residency,
  digest: AdapterDigest,
): Candidate {
  const bytes = catalog.get(digest)?.bytes ?? 0;
  const tier = hostTier.held.has(digest) ? "host" : "disk";
  return {
    digest,
    bytes,
    reloadUs: adapterLoadUs(bytes, tier),
    ...(uses.get(digest) ?? neverUsed),
  };
}
