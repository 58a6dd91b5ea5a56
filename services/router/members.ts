// Who belongs to the pool. Only coordination ends a worker's life: then, and only then, what was placed there is
// lost. Silence alone stops grants.

import { note } from "#shared/actor/actor.ts";
import type { MembersChanged } from "#shared/messages/to-router.ts";
import type { Capacity } from "#shared/messages/worker-capacity.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { close, endAttempt, fallThrough } from "./close-placement.ts";
import { askWhatItHolds, keepPinsAgain, stopWaitingFor, welcome } from "./collection.ts";
import { dispatch } from "./dispatch.ts";
import { hearAcquittal } from "./isolation.ts";
import { hearCrashes } from "./eject-worker.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { drop, refreshOpen, zonesOf } from "./pool-state.ts";
import type { WorkerView } from "./worker-view.ts";
import { isSilent, takeReport } from "./worker-view.ts";

/** Each half second from each worker: O(1) unless something waits for what it tells. */
export function capacityTold(state: PoolState, message: Capacity, turn: Turn): void {
  const view = state.workers.get(message.worker);
  const wasCordoned = view?.isCordoned;
  if (view === undefined || !takeReport(view, message, turn.nowMs)) {
    const { worker, incarnation, seq } = message;
    return drop(turn, "stale-capacity", { worker, incarnation, seq });
  }
  if (view.isCordoned !== wasCordoned) state.adapters.membersChanged();
  hearAcquittal(state, message);
  hearCrashes(state, view, message, turn);
  refreshOpen(state, view);
  if (!view.isCollected) askWhatItHolds(state, view, turn);
  keepPinsAgain(state, view, turn);
  dispatch(state, turn);
}

export function membersChanged(state: PoolState, message: MembersChanged, turn: Turn): void {
  state.edgeZones.clear();
  for (const [edge, zone] of zonesOf(message.edges)) state.edgeZones.set(edge, zone);
  const members = new Map(message.workers.map((member) => [member.worker, member]));
  for (const view of state.workers.values()) {
    const member = members.get(view.worker);
    // A lower incarnation than the known one is an older list.
    if (member !== undefined && member.incarnation <= view.incarnation) continue;
    fence(state, view, turn);
  }
  for (const member of message.workers) {
    if (!state.workers.has(member.worker)) welcome(state, member, turn);
  }
  dispatch(state, turn);
}

function fence(state: PoolState, view: WorkerView, turn: Turn): void {
  const { worker, incarnation } = view;
  const { pool, poolEpoch } = state;
  state.workers.delete(worker);
  state.adapters.membersChanged();
  state.keepPins.delete(worker);
  state.pinsUnanswered.delete(worker);
  view.isCordoned = true;
  refreshOpen(state, view);
  turn.effects.push(
    note("router.worker-fenced", { pool, worker, incarnation }),
    toKvAccountant(state.accountant, { kind: "worker-fenced", worker, incarnation, poolEpoch }),
  );
  for (const placement of state.placements.all()) {
    if (placement.view === view) lose(state, placement, turn);
  }
  // After its places are closed: what they had computed is lost too.
  state.prefixes.forgetHolder(view);
  stopWaitingFor(state, worker, turn);
}

function lose(state: PoolState, placement: Placement, turn: Turn): void {
  switch (placement.state) {
    case "pinning":
    case "reserving":
      return fallThrough(state, placement, turn);
    case "granted":
    case "running":
    case "voiding":
      endAttempt(state, placement, "worker-lost", turn);
      return close(state, placement, turn);
    case "closing":
      return;
    default:
      return placement.state satisfies never;
  }
}

/** Silent workers get no grants; looked for only while somebody waits for one. */
export function suspectSilent(state: PoolState, turn: Turn): void {
  for (const view of state.workers.values()) {
    if (view.isSuspected || view.seq < 0 || !isSilent(view, turn.nowMs)) continue;
    view.isSuspected = true;
    refreshOpen(state, view);
    turn.effects.push(
      note("router.worker-suspected", {
        pool: state.pool,
        worker: view.worker,
        silentMs: Math.round(turn.nowMs - view.heardMs),
      }),
    );
  }
}
