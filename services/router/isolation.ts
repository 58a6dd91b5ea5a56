// A suspect runs alone: one at a time in the pool, on a worker that takes nothing else meanwhile. Law: the worker is held
// until its other places are over, for a while by patience and then by their giving way; it is open again once the
// suspect is past where engines died, or over. Whose turn it is does not let one tenant's suspects go before all others'.

import { note } from "#shared/actor/actor.ts";
import type { Capacity } from "#shared/messages/worker-capacity.ts";
import { preemptionsMax } from "#shared/model/victim-order.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { mayRunOn } from "./can-serve.ts";
import { unpark } from "./park.ts";
import { couldEverTake } from "./pick-worker.ts";
import { place } from "./place-offer.ts";
import type { Placement } from "./placement.ts";
import { notStarted } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { refreshOpen } from "./pool-state.ts";
import { giveWay } from "./preempt.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";
import { freeBlocks, freeSequences, isServing, isSilent } from "./worker-view.ts";

/** What runs on the chosen worker may end by itself for a while, the longer the more it is: then it gives way; said again after a
 * second. One that is alone there is mostly the suspect before, just acquitted, and the next ones are waiting. */
const patienceMsEach = 100;
const patienceMsMost = 3000;
const giveWayAgainMs = 1000;
/** A worker that is not to be had by then is let go. */
const inVainMs = 5_000;
/** Who has waited for so long goes first, whatever it looks like. */
const waitedLongMs = 5000;

export interface Isolation {
  readonly view: WorkerView;
  readonly waiting: WaitingOffer;
  readonly sinceMs: number;
  giveWayAtMs: number;
  /** Absent: the worker is not empty yet. */
  placement: Placement | undefined;
  isAcquitted: boolean;
}

/** Before every dispatch. Nothing, where nobody is suspected. */
export function tendIsolation(state: PoolState, turn: Turn): void {
  if (state.isolation !== undefined) goOn(state, state.isolation, turn);
  if (state.isolation === undefined && state.suspects.size > 0) begin(state, turn);
}

function goOn(state: PoolState, isolation: Isolation, turn: Turn): void {
  const { view, waiting, placement } = isolation;
  if (state.workers.get(view.worker) !== view) return end(state, isolation, "worker-lost", turn);
  if (placement !== undefined) {
    if (isolation.isAcquitted) end(state, isolation, "acquitted", turn);
    else if (placement.state === "closing") end(state, isolation, "over", turn);
    return;
  }
  if (!state.suspects.has(waiting)) return end(state, isolation, "withdrawn", turn);
  if (!isServing(view)) return end(state, isolation, "worker-closed", turn);
  if (turn.nowMs - isolation.sinceMs >= inVainMs) return giveUp(state, isolation, turn);
  if (view.heldSequences === 0) return placeAlone(state, isolation, turn);
  if (turn.nowMs >= isolation.giveWayAtMs) makeRoom(state, isolation, turn);
}

/** Its engine does not come up, or what runs there neither ends nor may give way once more: another worker is tried next. */
function giveUp(state: PoolState, isolation: Isolation, turn: Turn): void {
  state.gaveUpOn = isolation.view.worker;
  end(state, isolation, "in-vain", turn);
}

function begin(state: PoolState, turn: Turn): void {
  if (turn.nowMs < state.isolateAgainAtMs) return;
  const waiting = nextSuspect(state, turn.nowMs);
  const view = waiting === undefined ? undefined : emptiest(state, waiting, turn.nowMs);
  if (waiting === undefined || view === undefined) return;
  const { requestId, tenant, attempt } = waiting.offer;
  const patienceMs = Math.min(patienceMsMost, view.heldSequences * patienceMsEach);
  const isolation: Isolation = {
    view,
    waiting,
    sinceMs: turn.nowMs,
    giveWayAtMs: turn.nowMs + patienceMs,
    placement: undefined,
    isAcquitted: false,
  };
  state.isolation = isolation;
  state.lastIsolated = tenant;
  view.isHeld = true;
  refreshOpen(state, view);
  const { worker, heldSequences: others } = view;
  turn.effects.push(note("router.isolating", { requestId, attempt, tenant, worker, others }));
  goOn(state, isolation, turn);
}

/** Of another tenant than the last; who has waited long, the longest first; who was furthest back when engines died: what kills
 * them does so mostly at once. */
function nextSuspect(
  { suspects, lastIsolated }: PoolState,
  nowMs: number,
): WaitingOffer | undefined {
  let best: WaitingOffer | undefined;
  for (const waiting of suspects) {
    if (best === undefined || goesBefore(waiting, best, { lastIsolated, nowMs })) best = waiting;
  }
  return best;
}

function goesBefore(
  a: WaitingOffer,
  b: WaitingOffer,
  { lastIsolated, nowMs }: { readonly lastIsolated: TenantId | undefined; readonly nowMs: number },
): boolean {
  const hasWaitedLong = ({ arrivedMs }: WaitingOffer): boolean => nowMs - arrivedMs >= waitedLongMs;
  const rank = (waiting: WaitingOffer): number =>
    (waiting.offer.tenant === lastIsolated ? 2 : 0) + (hasWaitedLong(waiting) ? 0 : 1);
  if (rank(a) !== rank(b)) return rank(a) < rank(b);
  if (hasWaitedLong(a)) return a.arrivedMs < b.arrivedMs;
  return (a.suspicion?.outputIndex ?? 0) < (b.suspicion?.outputIndex ?? 0);
}

function emptiest(
  state: PoolState,
  { offer, blocks, suspicion, zone }: WaitingOffer,
  nowMs: number,
): WorkerView | undefined {
  const { tenant, promptTokens, adapterDigest } = offer;
  const { residency } = offer;
  const need = { tenant, blocks, promptTokens, adapterDigest, hits: [], zone, residency };
  const lasting = whereSomeStay(state);
  let best: WorkerView | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const view of state.workers.values()) {
    if (!isServing(view) || isSilent(view, nowMs)) continue;
    if (!mayRunOn(view, need) || !couldEverTake(view, need)) continue;
    // What dies on a worker that fails anyway proves nothing.
    if (view.breaker.state !== "closed") continue;
    const cost = costOfHolding(state, view, suspicion) + (lasting.has(view) ? 3e9 : 0);
    if (cost < bestCost) [best, bestCost] = [view, cost];
  }
  return best;
}

/**
 * Least on a worker that is empty, as one is whose engine has just died: nobody has to give way there. A second crash within the
 * minute speaks against it more than anything but having waited for it in vain; then that the suspect has died there already.
 */
function costOfHolding(
  { gaveUpOn }: PoolState,
  view: WorkerView,
  suspicion: WaitingOffer["suspicion"],
): number {
  const { worker, breaker, heldSequences } = view;
  return (
    (worker === gaveUpOn ? 8e9 : 0) +
    (breaker.failedAtMs.length > 1 ? 4e9 : 0) +
    (heldSequences > 0 ? 2e9 : 0) +
    (worker === suspicion?.worker ? 1e9 : 0) +
    heldSequences
  );
}

/** Those with somebody who has given way as often as anybody may: such a one is to be waited for. */
function whereSomeStay({ placements }: PoolState): ReadonlySet<WorkerView> {
  const views = new Set<WorkerView>();
  for (const { preemptions, view } of placements.every()) {
    if (preemptions >= preemptionsMax) views.add(view);
  }
  return views;
}

function placeAlone(state: PoolState, isolation: Isolation, turn: Turn): void {
  const { view, waiting } = isolation;
  // What was there is over, but not yet in its report, or its engine is being started.
  if (freeSequences(view) <= 0 || freeBlocks(view, turn.nowMs) < waiting.blocks) return;
  state.suspects.delete(waiting);
  unpark(state, waiting, turn);
  const account = state.accounts.get(waiting.offer.tenant);
  if (account === undefined || waiting.place < 0) return end(state, isolation, "dropped", turn);
  const choice = { view, locality: 0, cachedTokens: 0 };
  isolation.placement = place(state, { account, waiting, choice }, turn);
}

function makeRoom(state: PoolState, isolation: Isolation, turn: Turn): void {
  const { view, waiting } = isolation;
  isolation.giveWayAtMs = turn.nowMs + giveWayAgainMs;
  for (const placement of state.placements.every()) {
    if (placement.view !== view || placement.state !== "running") continue;
    if (placement.preemptions >= preemptionsMax || state.preempting.has(placement)) continue;
    giveWay(state, placement, { waiting, why: "isolation" }, turn);
  }
}

/** Its worker says that it takes others again: the suspect is past where engines died. */
export function hearAcquittal({ isolation }: PoolState, report: Capacity): void {
  const placement = isolation?.placement;
  if (isolation === undefined || placement?.state !== "running") return;
  const { view } = isolation;
  if (view.worker !== report.worker || report.freeSequences === 0) return;
  if (placement.startedAtSeq === notStarted || report.seq <= placement.startedAtSeq) return;
  placement.suspicion = undefined;
  placement.isAlone = false;
  isolation.isAcquitted = true;
}

function end(state: PoolState, isolation: Isolation, why: string, turn: Turn): void {
  const { view, waiting, sinceMs } = isolation;
  state.isolation = undefined;
  view.isHeld = false;
  refreshOpen(state, view);
  const forMs = turn.nowMs - sinceMs;
  // With nobody else to serve them, the others get as long.
  state.isolateAgainAtMs = state.workers.size > 1 ? turn.nowMs : turn.nowMs + forMs;
  const { requestId, tenant, attempt } = waiting.offer;
  const { worker } = view;
  turn.effects.push(note("router.isolated", { requestId, attempt, tenant, worker, why, forMs }));
}
