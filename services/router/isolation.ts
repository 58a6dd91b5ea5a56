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

/** What runs on the chosen worker may end by itself for so long, then it gives way; said again after a second. */
const patienceMs = 3000;
const giveWayAgainMs = 1000;
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
  if (view.heldSequences === 0) return placeAlone(state, isolation, turn);
  if (turn.nowMs >= isolation.giveWayAtMs) makeRoom(state, isolation, turn);
}

function begin(state: PoolState, turn: Turn): void {
  if (turn.nowMs < state.isolateAgainAtMs) return;
  const waiting = nextSuspect(state, turn.nowMs);
  const view = waiting === undefined ? undefined : emptiest(state, waiting, turn.nowMs);
  if (waiting === undefined || view === undefined) return;
  const { requestId, tenant, attempt } = waiting.offer;
  const giveWayAtMs = turn.nowMs + patienceMs;
  const isolation: Isolation = {
    view,
    waiting,
    sinceMs: turn.nowMs,
    giveWayAtMs,
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

/** Of another tenant than the last; who was furthest back when engines died: what kills them does so mostly at once. */
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
  const rank = ({ offer, arrivedMs }: WaitingOffer): number =>
    (offer.tenant === lastIsolated ? 2 : 0) + (nowMs - arrivedMs >= waitedLongMs ? 0 : 1);
  const indexOf = ({ suspicion }: WaitingOffer): number => suspicion?.outputIndex ?? 0;
  return rank(a) - rank(b) < 0 || (rank(a) === rank(b) && indexOf(a) < indexOf(b));
}

function emptiest(
  { workers }: PoolState,
  { offer, blocks, suspicion, zone }: WaitingOffer,
  nowMs: number,
): WorkerView | undefined {
  const isElsewhere = (view: WorkerView): number => Number(view.worker !== suspicion?.worker);
  const isBetter = (view: WorkerView, than: WorkerView): boolean =>
    isElsewhere(view) > isElsewhere(than) ||
    (isElsewhere(view) === isElsewhere(than) && view.heldSequences < than.heldSequences);
  const { tenant, promptTokens, adapterDigest } = offer;
  const { residency } = offer;
  const need = { tenant, blocks, promptTokens, adapterDigest, hits: [], zone, residency };
  let best: WorkerView | undefined;
  for (const view of workers.values()) {
    if (!isServing(view) || isSilent(view, nowMs)) continue;
    if (!mayRunOn(view, need) || !couldEverTake(view, need)) continue;
    // What fails on a worker that fails anyway proves nothing.
    if (view.breaker.state !== "closed") continue;
    if (view.sequencesMax === 0 || view.reportedSequences === 0) continue;
    if (best === undefined || isBetter(view, best)) best = view;
  }
  return best;
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
