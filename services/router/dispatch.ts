// Turns free capacity into places, one decision after the other, until nothing more fits.

import type { AdapterDigest } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { runsAlone } from "#shared/model/suspicion.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import { adapterOpenUntil, isTooLong } from "./adapter-breaker.ts";
import { isOverBudget, standAside } from "./budget-hold.ts";
import { tendIsolation } from "./isolation.ts";
import type { Narrowing } from "./narrowings.ts";
import { endOffer } from "./end-offer.ts";
import { noteWait, park } from "./park.ts";
import type { IsKept } from "./can-serve.ts";
import { mayRunOn, narrowedTo } from "./can-serve.ts";
import { HeldZones } from "./held-zones.ts";
import type { Chooser, Obstacle } from "./pick-next.ts";
import { pickNext } from "./pick-next.ts";
import type { Need, WorkerChoice } from "./pick-worker.ts";
import { couldEverTake, lacksOnlySlot, mayHold, pickWorker } from "./pick-worker.ts";
import type { AdapterNeed } from "./adapter-price.ts";
import { place } from "./place-offer.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { looksForVictims, preemptFor } from "./preempt.ts";
import { askReclaim } from "./reclaim.ts";
import { hitsFor, isHeld, mayBeHeld, nobody } from "./prefix-belief.ts";
import { setApart } from "./set-apart.ts";
import type { TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import { wantAdapters } from "./want-adapters.ts";
import type { WorkerView } from "./worker-view.ts";
import { isBeyondShare } from "./worker-view.ts";

/** An offer larger than every worker is looked at again after this: a larger one may have come. */
const neverFitsPauseMs = 2000;
/** A narrowed tenant's, at the next tick after this: its workers may have room. */
const narrowedPauseMs = 100;

export function dispatch(state: PoolState, turn: Turn): void {
  if (state.collecting !== undefined) return;
  fillOpen(state, turn);
  wantAdapters(state, turn);
}

function fillOpen(state: PoolState, turn: Turn): void {
  tendIsolation(state, turn);
  const { open, policy, rules } = state;
  const { nowMs } = turn;
  const heads = { policy, nowMs };
  // Most of what a router hears comes while nobody waits.
  if (state.offers.size === 0) return;
  let openSigns = 0;
  const held = new HeldZones();
  const chooser: Chooser = {
    choose: (waiting, account) => {
      const choice = choose(state, { waiting, account, openSigns, held }, nowMs);
      if (choice === "elsewhere") noteWait(waiting, "residency", turn);
      return choice;
    },
    mayBeHeld: (account) => mayBeHeld(state, account, openSigns, nowMs),
    isHeld: (waiting) => isHeld(state, waiting, nowMs),
  };
  while (open.length > 0) {
    openSigns = signsOf(open);
    held.clear();
    const { picked, heldFor, lacksSlot, hopeless } = pickNext(heads, rules, chooser);
    for (const account of hopeless) setAside(state, account.waiting.least(), turn);
    if (heldFor !== undefined) hold(state, heldFor, lacksSlot, turn);
    if (picked !== undefined) place(state, picked, turn);
    else if (hopeless.length === 0) return makeRoom(state, heldFor, lacksSlot, turn);
  }
  if (!looksForVictims(state, turn.nowMs)) return;
  const first = firstThatLacksRoom(state, turn.nowMs);
  if (first !== undefined) preemptFor(state, first, turn);
}

function hold(state: PoolState, waiting: WaitingOffer, lacksSlot: boolean, turn: Turn): void {
  noteWait(waiting, lacksSlot ? "slot" : "capacity", turn);
  if (!lacksSlot) askReclaim(state, waiting, turn);
}

/** Who gives way gives a slot back by luck only: not where nothing but a slot is missing, unless the tier says so. */
function makeRoom(
  state: PoolState,
  waiting: WaitingOffer | undefined,
  lacksSlot: boolean,
  turn: Turn,
): void {
  if (waiting === undefined || (lacksSlot && waiting.offer.mayPreempt !== true)) return;
  preemptFor(state, waiting, turn);
}

/** No worker is open: the first in the order that room would help. */
function firstThatLacksRoom(state: PoolState, nowMs: number): WaitingOffer | undefined {
  const { policy, rules } = state;
  let first: WaitingOffer | undefined;
  const held = new HeldZones();
  policy.visit({ limit: rules.headsMax, nowMs }, (account) => {
    const waiting = account.waiting.least();
    if (waiting === undefined) return false;
    if (choose(state, { waiting, account, openSigns: 0, held }, nowMs) === "capacity")
      first = waiting;
    return first === undefined;
  });
  return first;
}

/** A tenant's offer, and who may get a grant. */
interface Candidate {
  readonly waiting: WaitingOffer;
  readonly account: TenantAccount;
  readonly openSigns: number;
  readonly held: HeldZones;
}

function choose(
  state: PoolState,
  { waiting, account, openSigns, held }: Candidate,
  nowMs: number,
): WorkerChoice | Obstacle {
  const { offer, blocks } = waiting;
  const { promptTokens, adapterDigest, tenant, residency } = offer;
  if (runsAlone(waiting.suspicion) || isOverBudget(state, waiting, nowMs)) return "later";
  if (adapterOpenUntil(state.breakers, adapterDigest, nowMs) > 0) return "later";
  const hits = mayBeHeld(state, account, openSigns, nowMs)
    ? hitsFor(state, waiting, nowMs)
    : nobody;
  const { zone } = waiting;
  const adapter = adapterNeed(state, adapterDigest, nowMs);
  const need: Need = {
    tenant,
    blocks,
    promptTokens,
    adapterDigest,
    adapter,
    hits,
    zone,
    residency,
  };
  const isKept = narrowedTo(state, need);
  const open = elsewhere(openTo(state, need, { isKept, held }), waiting.suspicion);
  const choice = pickWorker(open, need, nowMs);
  if (choice !== undefined) return choice;
  // Nothing is held for it elsewhere: its tenant alone waits for its few workers.
  if (isKept !== undefined) return "later";
  const obstacle = open.some((view) => lacksOnlySlot(view, need, nowMs))
    ? "slot"
    : obstacleTo(state, need);
  const isRoom = obstacle === "capacity" || obstacle === "slot";
  if (residency === undefined || !isRoom) return obstacle;
  held.hold(residency, tenant);
  return "elsewhere";
}

function adapterNeed(
  { adapters, placesPicked }: PoolState,
  digest: AdapterDigest,
  nowMs: number,
): AdapterNeed | undefined {
  if (digest === baseModel) return undefined;
  const { placement } = adapters;
  return {
    homes: adapters.homesOf(digest, nowMs),
    prices: adapters,
    ...(placement === "random" ? { draw: placesPicked } : {}),
  };
}

/** The open workers that it may go to; the very list where that is all of them. */
function openTo(
  { open }: PoolState,
  need: Need,
  { isKept, held }: { readonly isKept: IsKept | undefined; readonly held: HeldZones },
): readonly WorkerView[] {
  if (isKept === undefined && need.residency === undefined && held.isEmpty) return open;
  return open.filter(
    (view) =>
      mayRunOn(view, need) &&
      (isKept === undefined || isKept(view)) &&
      !held.isHeldFrom(need.tenant, view.zone),
  );
}

/** Not where an engine has just died under it, if there is another. */
function elsewhere(
  open: readonly WorkerView[],
  suspicion: Suspicion | undefined,
): readonly WorkerView[] {
  if (suspicion === undefined || open.length < 2) return open;
  return open.filter(({ worker }) => worker !== suspicion.worker);
}

function obstacleTo({ workers }: PoolState, need: Need): Obstacle {
  let obstacle: Obstacle = "later";
  for (const view of workers.values()) {
    if (!mayRunOn(view, need) || !couldEverTake(view, need)) continue;
    if (isBeyondShare(view, need.tenant)) return "yields";
    obstacle = "capacity";
  }
  return obstacle;
}

function setAside(state: PoolState, waiting: WaitingOffer | undefined, turn: Turn): void {
  if (waiting === undefined) return;
  if (runsAlone(waiting.suspicion)) {
    setApart(state, waiting, turn);
    return tendIsolation(state, turn);
  }
  if (standAside(state, waiting, turn)) return;
  const { adapterDigest, tenant } = waiting.offer;
  const adapterUntilMs = adapterOpenUntil(state.breakers, adapterDigest, turn.nowMs);
  if (lacksAdapter(state, waiting, adapterUntilMs - turn.nowMs)) {
    return endOffer(state, waiting, "adapter-failed", turn);
  }
  const narrowing = state.narrowings.of(tenant);
  if (narrowing !== undefined && adapterUntilMs === 0) {
    return holdBack(state, { waiting, narrowing }, turn);
  }
  const why = isNowhere(state, waiting) ? "residency" : "never-fits";
  noteWait(waiting, adapterUntilMs > 0 ? "adapter" : why, turn);
  park(state, waiting, adapterUntilMs > 0 ? adapterUntilMs : turn.nowMs + neverFitsPauseMs);
}

/** Its adapter rests for longer than its client is kept, or none of the workers where it may run has a slot for any. */
function lacksAdapter({ workers }: PoolState, { offer }: WaitingOffer, pauseMs: number): boolean {
  if (isTooLong(pauseMs) && (offer.computedTokens ?? 0) === 0) return true;
  const zoned = [...workers.values()].filter((view) => mayRunOn(view, offer));
  return zoned.length > 0 && !zoned.some((view) => mayHold(view, offer.adapterDigest));
}

/** No worker of its zones is known, however small it is. */
const isNowhere = ({ workers }: PoolState, { offer }: WaitingOffer): boolean =>
  offer.residency !== undefined && ![...workers.values()].some((view) => mayRunOn(view, offer));

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
