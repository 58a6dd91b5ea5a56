// What a worker says about the attempts it was granted: started, progress, will never start, ended. Totals are
// cumulative and applied by maximum; an end is always answered, known or not.

import { note } from "#shared/actor/actor.ts";
import type {
  RouterEnded,
  RouterProgress,
  RouterStarted,
  RouterVoided,
} from "#shared/messages/to-router.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { RequestId, WorkerId } from "#shared/model/ids.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { castSuspicion } from "./cast-suspicion.ts";
import { close, endAttempt } from "./close-placement.ts";
import { excuse, hearCanary } from "./eject-worker.ts";
import { charge, executedCost } from "./executed-cost.ts";
import { dispatch } from "./dispatch.ts";
import type { Placement } from "./placement.ts";
import { countStarted, moveTo, notStarted, takeTotals } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { drop, refreshOpen } from "./pool-state.ts";
import { startVoid } from "./close-placement.ts";

interface WorkersWord {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
}

/** The granted place that this life of this worker speaks of. */
function placeOf(state: PoolState, word: WorkersWord): Placement | undefined {
  const placement = state.placements.find(word.requestId, word.attempt);
  if (placement === undefined) return undefined;
  const { view } = placement;
  if (view.worker !== word.worker || view.incarnation !== word.incarnation) return undefined;
  const isGranted =
    placement.state === "granted" || placement.state === "running" || placement.state === "voiding";
  return isGranted ? placement : undefined;
}

export function started(state: PoolState, message: RouterStarted, turn: Turn): void {
  const placement = placeOf(state, message);
  if (placement === undefined) {
    const { requestId, attempt, worker } = message;
    return drop(turn, "start-of-nobody", { requestId, attempt, worker });
  }
  runs(state, placement, turn);
}

function runs(state: PoolState, placement: Placement, turn: Turn): void {
  if (placement.startedAtSeq === notStarted) countStarted(placement);
  if (placement.state !== "granted") return;
  placement.startedMs = turn.nowMs;
  moveTo(placement, "running", turn.nowMs);
  state.placements.pending.delete(placement);
}

export function progress(state: PoolState, message: RouterProgress, turn: Turn): void {
  const { worker, incarnation } = message;
  for (const { requestId, attempt, totals } of message.sequences) {
    const placement = placeOf(state, { requestId, attempt, worker, incarnation });
    if (placement === undefined) continue;
    runs(state, placement, turn);
    execute(state, placement, totals, turn);
  }
}

function execute(state: PoolState, placement: Placement, totals: ExecutedTotals, turn: Turn): void {
  const before = executedCost(placement, state.costWeights);
  takeTotals(placement, totals);
  hearCanary(state, placement, turn);
  charge(state, placement, before);
  timeFirstToken(state, placement, turn);
}

/** From its offer: what a request waits in its own tenant's queue is not its neighbours' doing. */
function timeFirstToken(state: PoolState, placement: Placement, turn: Turn): void {
  const { tenant, offeredMs, startedMs, totals } = placement;
  if (placement.isFirstTokenOut || totals.outputTokens === 0 || startedMs < 0) return;
  placement.isFirstTokenOut = true;
  const { prefillMs, prefillTokens: computedTokens } = totals;
  const waitedMs = startedMs - offeredMs;
  state.neighbours.firstToken({ tenant, waitedMs, prefillMs, computedTokens }, turn.nowMs);
}

export function voided(state: PoolState, message: RouterVoided, turn: Turn): void {
  const placement = placeOf(state, message);
  if (placement === undefined) {
    const { requestId, attempt, worker } = message;
    return drop(turn, "void-of-nobody", { requestId, attempt, worker });
  }
  if (placement.state !== "voiding") startVoid(state, placement, "refused-by-worker", turn);
  endAttempt(state, placement, "not-started", turn);
  close(state, placement, turn);
  dispatch(state, turn);
}

/** It has been noted and is not told again, while the worker's answer to `collect-pool` that still names it may be on its way. */
function keepFromAdoption(state: PoolState, word: WorkersWord): void {
  const view = state.workers.get(word.worker);
  if (view === undefined || view.isCollected || view.incarnation !== word.incarnation) return;
  view.overUncollected.add(attemptKey(word.requestId, word.attempt));
}

export function ended(state: PoolState, message: RouterEnded, turn: Turn): void {
  const { requestId, attempt, worker, crash } = message;
  turn.effects.push(toWorker(turn.from, { kind: "end-noted", by: "router", requestId, attempt }));
  if (crash !== undefined) castSuspicion(state, { requestId, attempt, crash }, turn);
  const placement = placeOf(state, message);
  if (placement === undefined) {
    keepFromAdoption(state, message);
    return drop(turn, "end-of-nobody", { requestId, attempt, worker });
  }
  execute(state, placement, message.totals, turn);
  if (crash !== undefined) excuse(placement);
  const { tenant, totals } = placement;
  turn.effects.push(
    note("router.ended", {
      requestId,
      attempt,
      tenant,
      worker,
      outputTokens: totals.outputTokens,
      cost: executedCost(placement, state.costWeights),
    }),
  );
  endAttempt(state, placement, placement.state === "voiding" ? "not-started" : undefined, turn);
  close(state, placement, turn);
  refreshOpen(state, placement.view);
  dispatch(state, turn);
}
