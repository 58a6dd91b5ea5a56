// One timer for all that waits: overdue starts, unanswered questions, offers that stood aside, silent workers. It
// runs only while something needs it, so an idle pool costs nothing.

import { arm } from "#shared/actor/actor.ts";
import { forgetBudgetHolds } from "./budget-hold.ts";
import { startVoid } from "./close-placement.ts";
import { sayKeepPins } from "./collection.ts";
import { dispatch } from "./dispatch.ts";
import { tendBreakers } from "./eject-worker.ts";
import { adapterDidNotLoad } from "./grant.ts";
import { suspectSilent } from "./members.ts";
import { unparkDue } from "./park.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { preemptAgain } from "./preempt.ts";
import { ask } from "./questions.ts";

const tickMs = 250;
/** From the grant to the worker's word that it started. */
const startPatienceMs = 2000;
/** From the question to a loaded adapter. */
const pinPatienceMs = 10_000;

export function keepTicking(state: PoolState, turn: Turn): void {
  if (state.isTicking || !needsTick(state)) return;
  state.isTicking = true;
  turn.effects.push(arm("tick", turn.nowMs + tickMs, { kind: "timer-fired", name: "tick" }));
}

const needsTick = (state: PoolState): boolean =>
  state.placements.pending.size > 0 ||
  state.offers.size > 0 ||
  state.keepPins.size > 0 ||
  state.preempting.size > 0;

export function tick(state: PoolState, turn: Turn): void {
  state.isTicking = false;
  for (const placement of state.placements.pending) lookAfter(state, placement, turn);
  for (const worker of state.keepPins.keys()) {
    const view = state.workers.get(worker);
    if (view !== undefined) sayKeepPins(state, view, turn);
  }
  preemptAgain(state, turn);
  suspectSilent(state, turn);
  tendBreakers(state, turn);
  unparkDue(state, turn);
  forgetBudgetHolds(state, turn.nowMs);
  dispatch(state, turn);
}

function lookAfter(state: PoolState, placement: Placement, turn: Turn): void {
  const forMs = turn.nowMs - placement.sinceMs;
  if (placement.state === "granted" && forMs >= startPatienceMs) {
    return startVoid(state, placement, "not-started", turn);
  }
  if (placement.state === "pinning" && forMs >= pinPatienceMs) {
    return adapterDidNotLoad(state, placement, turn);
  }
  if (placement.state !== "granted" && turn.nowMs >= placement.retryAtMs) {
    ask(state, placement, turn);
  }
}
