// Loads ahead of need: what a router says is wanted next on a worker comes into a slot before its request does. A hint:
// nothing waits for it, it may be lost, and it never drives out what is in use, kept, or wanted itself.

import type { WantAdapters } from "#shared/messages/to-adapter-cache.ts";
import type { AdapterCache, Turn } from "./cache-state.ts";
import { drop, isCurrent } from "./cache-state.ts";
import { beginLoad } from "./load.ts";
import { isThrashing } from "./thrash.ts";

/** Of one hint. */
const digestsMax = 16;
/** Loads that are on their way to a worker at once, of whatever cause, for another to be begun ahead. */
const loadingMax = 2;

export function wantAdapters(cache: AdapterCache, message: WantAdapters, turn: Turn): void {
  if (!isCurrent(cache, message, turn)) return;
  const { worker, incarnation, digests } = message;
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== incarnation) {
    return drop(turn, message.kind, { worker, why: "unknown-worker" });
  }
  if (isThrashing(residency.thrash, turn.nowMs)) return;
  const wanted = new Set(digests.slice(0, digestsMax));
  for (const digest of wanted) {
    if (residency.loading.size >= loadingMax) return;
    if (residency.residents.has(digest) || residency.loading.has(digest)) continue;
    const ahead = { stays: wanted.has.bind(wanted) };
    beginLoad(cache, { worker, residency, digest, ahead }, turn);
  }
}
