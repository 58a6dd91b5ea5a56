// When a worker is out of the way: its breaker opens on failures, and lets one canary through later. Law: never more than a
// tenth of the pool's workers at once, but one at least, and never the last that serves: those that fail beyond that stay in
// (panic), for a pool that fails everywhere is not helped by less of it.

import { note } from "#shared/actor/actor.ts";
import type { Capacity } from "#shared/messages/worker-capacity.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { refreshOpen } from "./pool-state.ts";
import type { WorkerBreaker } from "./worker-breaker.ts";
import { close, closedBreaker, fail, halfOpenIfDue, learnCrashes, open } from "./worker-breaker.ts";
import type { WorkerView } from "./worker-view.ts";
import { isServing } from "./worker-view.ts";

const ejectedShare = 0.1;
const breakersMax = 4096;

/** It outlives the worker's lives: a new one is no proof that it is well. */
export function breakerOf({ workerBreakers }: PoolState, worker: WorkerId): WorkerBreaker {
  const known = workerBreakers.get(worker);
  if (known !== undefined) return known;
  const breaker = closedBreaker();
  workerBreakers.set(worker, breaker);
  if (workerBreakers.size > breakersMax) {
    for (const oldest of workerBreakers.keys()) {
      workerBreakers.delete(oldest);
      break;
    }
  }
  return breaker;
}

/** From its report. */
export function hearCrashes(
  state: PoolState,
  view: WorkerView,
  report: Capacity,
  turn: Turn,
): void {
  const crashes = learnCrashes(view.breaker, report.engineCrashes ?? 0);
  for (let crash = 0; crash < crashes; crash++) failed(state, view, turn);
}

/** A suspect that runs alone answers for itself: its crash is not its worker's. */
export function excuse({ view: { breaker }, isAlone }: Placement): void {
  if (isAlone) breaker.excused += 1;
}

function failed(state: PoolState, view: WorkerView, turn: Turn): void {
  const { breaker, worker } = view;
  if (!fail(breaker, turn.nowMs)) return;
  if (breaker.state === "closed" && !mayEject(state, view)) {
    turn.effects.push(note("router.panic", { pool: state.pool, worker }));
    return;
  }
  open(breaker, turn.nowMs);
  refreshOpen(state, view);
  const { openUntilMs, timesOpened } = breaker;
  const forMs = openUntilMs - turn.nowMs;
  turn.effects.push(
    note("router.worker-ejected", { pool: state.pool, worker, forMs, times: timesOpened }),
  );
}

function mayEject({ workers }: PoolState, view: WorkerView): boolean {
  let ejected = 0;
  let othersServing = 0;
  for (const other of workers.values()) {
    if (other.breaker.state !== "closed") ejected++;
    else if (other !== view && isServing(other)) othersServing++;
  }
  return othersServing > 0 && ejected < Math.max(1, Math.floor(workers.size * ejectedShare));
}

/** Each tick: whose time is over lets a canary through; and a canary that ended without a word leaves room for another. */
export function tendBreakers(state: PoolState, turn: Turn): void {
  for (const view of state.workers.values()) {
    const { breaker, worker } = view;
    if (breaker.state === "closed") continue;
    if (breaker.canary?.state === "closing") breaker.canary = undefined;
    if (halfOpenIfDue(breaker, turn.nowMs)) {
      turn.effects.push(note("router.worker-half-open", { pool: state.pool, worker }));
    }
    refreshOpen(state, view);
  }
}

/** The grant is the canary, if one is due. */
export function sendCanary(placement: Placement): void {
  const { breaker } = placement.view;
  if (breaker.state === "half-open") breaker.canary ??= placement;
}

/** It has brought a token: the engine lives. */
export function hearCanary(state: PoolState, placement: Placement, turn: Turn): void {
  const { view, totals } = placement;
  if (view.breaker.canary !== placement || totals.outputTokens === 0) return;
  close(view.breaker);
  refreshOpen(state, view);
  turn.effects.push(note("router.worker-closed", { pool: state.pool, worker: view.worker }));
}
