// Tells adapter caches what will be wanted next: the adapters of the first offers in the order that wait, at their homes, so
// that they are in a slot when their turn comes. A hint, said seldom; nothing depends on it.

import { toAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { adapterOpenUntil } from "./adapter-breaker.ts";
import { isReady } from "./adapter-price.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { WorkerView } from "./worker-view.ts";
import { isServing } from "./worker-view.ts";

const everyMs = 100;
/** First offers looked at. */
const headsMax = 16;

export function wantAdapters(state: PoolState, turn: Turn): void {
  if (state.offers.size === 0 || turn.nowMs < state.wantAgainAtMs) return;
  state.wantAgainAtMs = turn.nowMs + everyMs;
  const wanted = new Map<WorkerView, Set<AdapterDigest>>();
  state.policy.visit({ limit: headsMax, nowMs: turn.nowMs }, (account) => {
    const digest = account.waiting.least()?.offer.adapterDigest ?? baseModel;
    const view = whereWanted(state, digest, turn.nowMs);
    if (view === undefined) return true;
    const there = wanted.get(view);
    if (there === undefined) wanted.set(view, new Set([digest]));
    else there.add(digest);
    return true;
  });
  for (const [view, digests] of wanted) say(state, view, [...digests], turn);
}

/** Undefined: it is in a slot somewhere, or nowhere is room for it. */
function whereWanted(
  { adapters, breakers, workers }: PoolState,
  digest: AdapterDigest,
  nowMs: number,
): WorkerView | undefined {
  if (digest === baseModel || adapterOpenUntil(breakers, digest, nowMs) > 0) return undefined;
  for (const view of workers.values()) {
    if (isServing(view) && (view.needed.has(digest) || isReady(view, digest))) return undefined;
  }
  return adapters
    .homesOf(digest, nowMs)
    .find(
      (view) =>
        isServing(view) && view.needed.size < view.adapterSlots && nowMs >= view.slotBlockedUntilMs,
    );
}

function say(
  { pool, poolEpoch }: PoolState,
  { cache, worker, incarnation }: WorkerView,
  digests: readonly AdapterDigest[],
  turn: Turn,
): void {
  turn.effects.push(
    toAdapterCache(cache, { kind: "want-adapters", worker, incarnation, pool, poolEpoch, digests }),
  );
}
