// The adapters whose bytes are in this host's RAM: loading one of them skips the disk. Law: their bytes never exceed
// the bound; the least recently used leave first.

import type { AdapterDigest } from "#shared/model/ids.ts";

export interface HostTier {
  bytesMax: number;
  bytes: number;
  /** Bytes by digest, least recently used first. */
  readonly held: Map<AdapterDigest, number>;
}

export const emptyHostTier = (): HostTier => ({ bytesMax: 0, bytes: 0, held: new Map() });

export function resizeHostTier(tier: HostTier, bytesMax: number): void {
  tier.bytesMax = bytesMax;
  shrink(tier, bytesMax);
}

/** It was read from disk, or used again. One that is larger than the tier is not kept. */
export function keepInHostTier(tier: HostTier, digest: AdapterDigest, bytes: number): void {
  dropFromHostTier(tier, digest);
  if (bytes > tier.bytesMax) return;
  shrink(tier, tier.bytesMax - bytes);
  tier.held.set(digest, bytes);
  tier.bytes += bytes;
}

export function dropFromHostTier(tier: HostTier, digest: AdapterDigest): void {
  tier.bytes -= tier.held.get(digest) ?? 0;
  tier.held.delete(digest);
}

function shrink(tier: HostTier, bytesMax: number): void {
  for (const digest of tier.held.keys()) {
    if (tier.bytes <= bytesMax) return;
    dropFromHostTier(tier, digest);
  }
}
