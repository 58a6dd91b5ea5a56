// What the router makes of its prefix index: whom it asks about an offer, what it learns from a place that ended.

import type { Placement } from "./placement.ts";
import type { PoolState } from "./pool-state.ts";
import { offersPerTenantMax } from "./pick-next.ts";
import type { PrefixHit } from "./prefix-index.ts";
import type { TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";

/** Looked up again after so long: an offer is looked at many times while it waits. */
const believedMs = 50;
/** What a tenant's own places and new offers add is known at once; after so long, what others computed for it and what was evicted. */
const signsBelievedMs = 2000;

export const nobody: readonly PrefixHit<WorkerView>[] = [];

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

/**
 * False: none of the workers with `openSigns` holds anything of the tenant's first offers. Most tenants are passed by
 * this without a look at their offers: with thousands of them these are not in the CPU's cache.
 */
export function mayBeHeld(
  { prefixes }: PoolState,
  account: TenantAccount,
  openSigns: number,
  nowMs: number,
): boolean {
  if (nowMs >= account.holderSignsUntilMs) {
    account.holderSignsUntilMs = nowMs + signsBelievedMs;
    account.holderSigns = 0;
    account.waiting.leastFirst(offersPerTenantMax, ({ offer }) => {
      account.holderSigns |= prefixes.signsOf(offer.prefixKeys);
      return true;
    });
  }
  return (account.holderSigns & openSigns) !== 0;
}

/** An offer entered the order: what is known to be held of it counts at once. */
export function expectHolders(
  { prefixes }: PoolState,
  account: TenantAccount,
  { offer }: WaitingOffer,
): void {
  account.holderSigns |= prefixes.signsOf(offer.prefixKeys);
}

/** Whether one that may get a grant now is among them. */
export function isHeld(state: PoolState, waiting: WaitingOffer, nowMs: number): boolean {
  for (const { holder } of hitsFor(state, waiting, nowMs)) if (holder.openPlace >= 0) return true;
  return false;
}

/** A pick: it will hold the prompt, so that what begins alike and comes soon goes there too. */
export function expectPrefix(
  state: PoolState,
  { account, view, prefixKeys, promptTokens }: Placement,
): void {
  if (prefixKeys.length > 0) account.holderSigns |= view.sign;
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
