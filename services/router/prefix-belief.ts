// What the router makes of its prefix index: whom it asks about an offer, what it learns from a place that ended.

import type { Placement } from "./placement.ts";
import type { PoolState } from "./pool-state.ts";
import type { PrefixHit } from "./prefix-index.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";

/** Looked up again after so long: an offer is looked at many times while it waits. */
const believedMs = 50;

const nobody: readonly PrefixHit<WorkerView>[] = [];

export function hitsFor(
  { prefixes }: PoolState,
  waiting: WaitingOffer,
  nowMs: number,
): readonly PrefixHit<WorkerView>[] {
  const { offer } = waiting;
  if (offer.prefixKeys.length === 0) return nobody;
  if (nowMs >= waiting.hitsUntilMs) {
    waiting.hitsUntilMs = nowMs + believedMs;
    waiting.hits = prefixes.hitsOf(offer.prefixKeys);
  }
  return waiting.hits;
}

/** Whether one that may get a grant now is among them. */
export function isHeld(state: PoolState, waiting: WaitingOffer, nowMs: number): boolean {
  for (const { holder } of hitsFor(state, waiting, nowMs)) if (holder.openPlace >= 0) return true;
  return false;
}

/** A pick: it will hold the prompt, so that what begins alike and comes soon goes there too. */
export function expectPrefix(
  state: PoolState,
  { view, prefixKeys, promptTokens }: Placement,
): void {
  const { totalBlocks, filledTokens } = view;
  const cacheTokens = totalBlocks < 0 ? Infinity : totalBlocks * state.kvBlockTokens;
  const untilTokens = filledTokens + cacheTokens;
  state.prefixes.remember(prefixKeys, view, { tokens: promptTokens, untilTokens });
}

/** Its end: what it computed is cached there, behind all that could be evicted before; more is not. */
export function learnPrefix(state: PoolState, placement: Placement): void {
  const { view, prefixKeys, promptTokens, cachedTokens, totals } = placement;
  const computedTokens = totals.prefillTokens + totals.cachedTokens;
  if (computedTokens === 0) return;
  if (totals.cachedTokens > 0) view.prefixMisses = 0;
  else if (cachedTokens > 0) view.prefixMisses += 1;
  const tokens = Math.min(promptTokens, computedTokens);
  const untilTokens = view.filledTokens + Math.max(0, view.reportedBlocks) * state.kvBlockTokens;
  state.prefixes.forget(prefixKeys, view, tokens);
  state.prefixes.remember(prefixKeys, view, { tokens, untilTokens });
}
