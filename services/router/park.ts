// Offers that nothing here can help now stand aside, so that they neither get capacity held for them nor stop the
// others; each comes back at a known time, or when its request's earlier place is closed.

import { note } from "#shared/actor/actor.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { accountOf, drop } from "./pool-state.ts";
import { expectHolders } from "./prefix-belief.ts";
import type { TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import { untilClosed } from "./waiting-offer.ts";

/** Out of the order, if it is in it. */
export function park(state: PoolState, waiting: WaitingOffer, untilMs: number): void {
  const account = state.accounts.get(waiting.offer.tenant);
  if (waiting.place >= 0 && account !== undefined) state.policy.leave(account, waiting);
  waiting.parkedUntilMs = untilMs;
  state.parked.add(waiting);
}

export function unpark(state: PoolState, waiting: WaitingOffer, turn: Turn): void {
  state.parked.delete(waiting);
  waiting.parkedUntilMs = 0;
  const { offer } = waiting;
  const account = accountOf(state, offer.tenant, offer);
  if (account === undefined) {
    state.offers.delete(offer.requestId);
    drop(turn, "too-many-tenants", { requestId: offer.requestId, tenant: offer.tenant });
  } else {
    enterOrder(state, account, waiting);
  }
}

/** For the first time, or where it stood when it was picked. */
export function enterOrder(state: PoolState, account: TenantAccount, waiting: WaitingOffer): void {
  const { policy, audit } = state;
  const { offer, startTag } = waiting;
  audit.returns(account, policy.virtualTime(offer.band), offer.startTag);
  if (startTag < 0) policy.enter(account, waiting, offer.startTag);
  else policy.reenter(account, waiting, startTag);
  expectHolders(state, account, waiting);
  audit.entered(account);
}

/** An offer stands apart: its queue's word on its tenant counts all the same, before counters are restored or a later offer is heard. */
export function heedApart(state: PoolState, account: TenantAccount, offer: Offer): void {
  state.audit.told(account, state.policy.virtualTime(offer.band), offer.startTag);
  state.policy.told(account, offer.startTag);
}

export function unparkDue(state: PoolState, turn: Turn): void {
  for (const waiting of state.parked) {
    if (waiting.parkedUntilMs <= turn.nowMs) unpark(state, waiting, turn);
  }
}

/** The attempt's earlier place is closed: its offer may have another. */
export function unparkClosed(state: PoolState, placement: Placement, turn: Turn): void {
  if (state.parked.size === 0) return;
  const waiting = state.offers.get(placement.requestId);
  if (waiting?.parkedUntilMs !== untilClosed) return;
  if (waiting.offer.attempt === placement.attempt) unpark(state, waiting, turn);
}

/** Forget an offer, wherever it stands. */
export function removeOffer(state: PoolState, waiting: WaitingOffer): void {
  state.offers.delete(waiting.offer.requestId);
  state.parked.delete(waiting);
  state.suspects.delete(waiting);
  const account = state.accounts.get(waiting.offer.tenant);
  if (waiting.place >= 0 && account !== undefined) state.policy.leave(account, waiting);
}

/** Why it waits, once per reason. */
export function noteWait(waiting: WaitingOffer, why: string, turn: Turn): void {
  if (waiting.waitReason === why) return;
  waiting.waitReason = why;
  const { requestId, tenant, attempt } = waiting.offer;
  const { blocks } = waiting;
  turn.effects.push(note("router.passed-over", { requestId, tenant, attempt, why, blocks }));
}
