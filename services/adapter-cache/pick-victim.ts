// Which resident leaves when a slot is needed: the least recently used that nothing has pinned.

import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Residency } from "./residency.ts";

export function pickVictim(
  { residents }: Residency,
  isPinned: (digest: AdapterDigest) => boolean,
): AdapterDigest | undefined {
  for (const digest of residents) {
    if (!isPinned(digest)) return digest;
  }
  return undefined;
}
