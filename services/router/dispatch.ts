// Turns free capacity into places, one decision after the other, until nothing more fits.

import { runsAlone } from "#shared/model/suspicion.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import { adapterOpenUntil } from "./adapter-breaker.ts";
import { isOverBudget, standAside } from "./budget-hold.ts";
import { tendIsolation } from "./isolation.ts";
import type { Narrowing } from "./narrowings.ts";
import { noteWait, park } from "./park.ts";
import { workersKept } from "./can-serve.ts";
import type { Chooser, Obstacle } from "./pick-next.ts";
import { pickNext } from "./pick-next.ts";
import type { Need, WorkerChoice } from "./pick-worker.ts";
import { couldEverTake, pickWorker } from "./pick-worker.ts";
import { place } from "./place-offer.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { looksForVictims, preemptFor } from "./preempt.ts";
import { askReclaim } from "./reclaim.ts";
import { hitsFor, isHeld, mayBeHeld, nobody } from "./prefix-belief.ts";
import { setApart } from "./set-apart.ts";
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
  tendIsolation(state, turn);
  const { open, policy, rules } = state;
  const { nowMs } = turn;
  const heads = { policy, nowMs };
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
  if (runsAlone(waiting.suspicion) || isOverBudget(state, waiting, nowMs)) return "later";
  if (adapterOpenUntil(state.breakers, adapterDigest, nowMs) > 0) return "later";
  const hits = mayBeHeld(state, account, openSigns, nowMs)
    ? hitsFor(state, waiting, nowMs)
    : nobody;
  const need: Need = { tenant, blocks, promptTokens, adapterDigest, hits };
  const isKept = workersKept(state, need);
  const open = elsewhere(
    isKept === undefined ? state.open : state.open.filter(isKept),
    waiting.suspicion,
  );
  const choice = pickWorker(open, need, nowMs);
  if (choice !== undefined) return choice;
  // Nothing is held for it elsewhere: its tenant alone waits for its few workers.
  if (isKept !== undefined) return "later";
  return obstacleTo(state, need);
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
    if (!couldEverTake(view, need)) continue;
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
