// Turns free capacity into places, one decision after the other, until nothing more fits: pick, charge, and ask
// for what the place needs. The adapter is pinned before blocks are booked, so that a load holds no KV.

import { note } from "#shared/actor/actor.ts";
import { baseModel } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { adapterOpenUntil } from "./adapter-breaker.ts";
import { isOverBudget, standAside } from "./budget-hold.ts";
import type { Narrowing } from "./narrowings.ts";
import { noteWait, park } from "./park.ts";
import { workersKept } from "./can-serve.ts";
import type { Chooser, Obstacle, Picked } from "./pick-next.ts";
import { pickNext } from "./pick-next.ts";
import type { Need, WorkerChoice } from "./pick-worker.ts";
import { couldEverTake, pickWorker } from "./pick-worker.ts";
import type { Placement } from "./placement.ts";
import { notStarted, occupyBlocks, occupySequence } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { refreshOpen } from "./pool-state.ts";
import { looksForVictims, preemptFor } from "./preempt.ts";
import { ask } from "./questions.ts";
import { askReclaim } from "./reclaim.ts";
import { expectPrefix, hitsFor, isHeld, mayBeHeld, nobody } from "./prefix-belief.ts";
import type { TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";
import { isBeyondShare } from "./worker-view.ts";

/** An offer larger than every worker is looked at again after this: a larger one may have come. */
const neverFitsPauseMs = 2000;
/** A narrowed tenant's, at the next tick after this: its workers may have room. */
const narrowedPauseMs = 100;

export function dispatch(state: PoolState, turn: Turn): void {
  if (state.collecting !== undefined) return;
  const { open, policy, rules } = state;
  const { nowMs } = turn;
  const heads = { policy, nowMs };
  // Most of what a router hears comes while nobody waits.
  if (state.offers.size === 0) return;
  let openSigns = 0;
  const chooser: Chooser = {
    choose: (waiting, account) => choose(state, { waiting, account, openSigns }, nowMs),
    mayBeHeld: (account) => mayBeHeld(state, account, openSigns, nowMs),
    isHeld: (waiting) => isHeld(state, waiting, nowMs),
  };
  while (open.length > 0) {
    openSigns = signsOf(open);
    const { picked, heldFor, hopeless } = pickNext(heads, rules, chooser);
    for (const account of hopeless) setAside(state, account.waiting.least(), turn);
    if (heldFor !== undefined) {
      noteWait(heldFor, "capacity", turn);
      askReclaim(state, heldFor, turn);
    }
    if (picked !== undefined) place(state, picked, turn);
    else if (hopeless.length === 0) {
      if (heldFor !== undefined) preemptFor(state, heldFor, turn);
      return;
    }
  }
  if (!looksForVictims(state, turn.nowMs)) return;
  const first = firstThatLacksRoom(state, turn.nowMs);
  if (first !== undefined) preemptFor(state, first, turn);
}

/** No worker is open: the first in the order that room would help. */
function firstThatLacksRoom(state: PoolState, nowMs: number): WaitingOffer | undefined {
  const { policy, rules } = state;
  let first: WaitingOffer | undefined;
  policy.visit({ limit: rules.headsMax, nowMs }, (account) => {
    const waiting = account.waiting.least();
    if (waiting === undefined) return false;
    if (choose(state, { waiting, account, openSigns: 0 }, nowMs) === "capacity") first = waiting;
    return first === undefined;
  });
  return first;
}

/** A tenant's offer, and who may get a grant. */
interface Candidate {
  readonly waiting: WaitingOffer;
  readonly account: TenantAccount;
  readonly openSigns: number;
}

function choose(
  state: PoolState,
  { waiting, account, openSigns }: Candidate,
  nowMs: number,
): WorkerChoice | Obstacle {
  const { offer, blocks } = waiting;
  const { promptTokens, adapterDigest, tenant } = offer;
  if (isOverBudget(state, waiting, nowMs)) return "later";
  if (adapterOpenUntil(state.breakers, adapterDigest, nowMs) > 0) return "later";
  const hits = mayBeHeld(state, account, openSigns, nowMs)
    ? hitsFor(state, waiting, nowMs)
    : nobody;
  const need: Need = { tenant, blocks, promptTokens, adapterDigest, hits };
  const isKept = workersKept(state, need);
  const open = isKept === undefined ? state.open : state.open.filter(isKept);
  const choice = pickWorker(open, need, nowMs);
  if (choice !== undefined) return choice;
  // Nothing is held for it elsewhere: its tenant alone waits for its few workers.
  if (isKept !== undefined) return "later";
  return obstacleTo(state, need);
}

function obstacleTo({ workers }: PoolState, need: Need): Obstacle {
  let obstacle: Obstacle = "later";
  for (const view of workers.values()) {
    if (!couldEverTake(view, need)) continue;
    if (isBeyondShare(view, need.tenant)) return "yields";
    obstacle = "capacity";
  }
  return obstacle;
}

function setAside(state: PoolState, waiting: WaitingOffer | undefined, turn: Turn): void {
  if (waiting === undefined || standAside(state, waiting, turn)) return;
  const { adapterDigest, tenant } = waiting.offer;
  const adapterUntilMs = adapterOpenUntil(state.breakers, adapterDigest, turn.nowMs);
  const narrowing = state.narrowings.of(tenant);
  if (narrowing !== undefined && adapterUntilMs === 0) {
    return holdBack(state, { waiting, narrowing }, turn);
  }
  noteWait(waiting, adapterUntilMs > 0 ? "adapter" : "never-fits", turn);
  park(state, waiting, adapterUntilMs > 0 ? adapterUntilMs : turn.nowMs + neverFitsPauseMs);
}

// It comes back as one that had nothing waiting: what a tenant is kept from is not owed to it afterwards.
function holdBack(
  state: PoolState,
  { waiting, narrowing }: { readonly waiting: WaitingOffer; readonly narrowing: Narrowing },
  turn: Turn,
): void {
  narrowing.hasWaited = true;
  noteWait(waiting, "narrowed", turn);
  waiting.startTag = -1;
  park(state, waiting, turn.nowMs + narrowedPauseMs);
}

function signsOf(views: readonly WorkerView[]): number {
  let signs = 0;
  for (const { sign } of views) signs |= sign;
  return signs;
}

function place(state: PoolState, { account, waiting, choice }: Picked, turn: Turn): void {
  const { offer } = waiting;
  const { view, cachedTokens } = choice;
  // What earlier attempts computed is not in its cost, so a cache spares nothing of that.
  const uncharged = offer.computedTokens ?? 0;
  const charge = state.policy.take(account, turn.nowMs, {
    waiting,
    cachedTokens: Math.max(0, cachedTokens - uncharged),
  });
  state.audit.placed(account, charge);
  const passed = account.waiting.least();
  if (passed !== undefined && passed.offer.position < offer.position) passed.timesPassed += 1;
  state.offers.delete(offer.requestId);
  const needsAdapter = offer.adapterDigest !== baseModel;
  state.placesPicked += 1;
  const placement: Placement = {
    number: state.placesPicked,
    preemptions: waiting.preemptions,
    computedTokens: offer.computedTokens ?? 0,
    requestId: offer.requestId,
    attempt: offer.attempt,
    tenant: offer.tenant,
    session: offer.session,
    shardEpoch: offer.shardEpoch,
    weight: offer.weight,
    allowance: offer.allowance,
    adapterDigest: offer.adapterDigest,
    account,
    charge,
    view,
    blocks: waiting.blocks,
    promptTokens: offer.promptTokens,
    cachedTokens,
    owedPrefillTokens: offer.promptTokens - cachedTokens,
    prefixKeys: offer.prefixKeys,
    state: needsAdapter ? "pinning" : "reserving",
    sinceMs: turn.nowMs,
    retryAtMs: 0,
    waiting,
    isBooked: false,
    isPinned: false,
    startedAtSeq: notStarted,
    totals: nothingExecuted,
    adapterLoads: 0,
    pickedMs: turn.nowMs,
    offeredMs: waiting.arrivedMs,
    startedMs: -1,
    isFirstTokenOut: false,
    older: undefined,
  };
  occupySequence(placement);
  if (!needsAdapter) occupyBlocks(placement);
  refreshOpen(state, view);
  expectPrefix(state, placement);
  state.placements.add(placement);
  turn.effects.push(
    note(needsAdapter ? "router.pinning" : "router.reserving", {
      requestId: offer.requestId,
      attempt: offer.attempt,
      tenant: offer.tenant,
      worker: view.worker,
      blocks: waiting.blocks,
    }),
  );
  const narrowing = state.narrowings.of(offer.tenant);
  if (narrowing !== undefined) noteNarrowed(state, placement, narrowing, turn);
  ask(state, placement, turn);
}

function noteNarrowed(
  { workers }: PoolState,
  { requestId, attempt, tenant }: Placement,
  { workers: kept }: Narrowing,
  turn: Turn,
): void {
  const about = { requestId, attempt, tenant, workers: kept, of: workers.size };
  turn.effects.push(note("router.within-subset", about));
}
