// What routers and workers tell of a request's place: granted, running, over, or lost. Stale epochs and older
// attempts change nothing but what is known to have run; a worker's word stands in for a router's that was lost.

import { note } from "#shared/actor/actor.ts";
import { routerAddress } from "#shared/messages/addresses.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import type {
  PoolOwnerChanged,
  QueueEnded,
  QueueGranted,
  QueueProgress,
  Voided,
} from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { noteGrant as notePace } from "./backlog-pace.ts";
import { acceptPoolEpoch, offerWhatFits, reofferAll, withdraw } from "./offering.ts";
import type { Reservation } from "./reservation.ts";
import { noteBegun, noteExecuted, noteRanOn } from "./reservation.ts";
import { giveUp, lapse } from "./settling.ts";
import { waitAsAttempt } from "./submitting.ts";
import { isAbandoned } from "./sweeping.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { laneOf, moveTo, takeSlot, tenureOf } from "./tenant-queue.ts";
import { noteUnclaimedEnd } from "./unclaimed-quota.ts";
import { learnCharge, learnVirtualTime } from "./virtual-time.ts";

const isUngranted = ({ place }: Reservation): boolean => place === "waiting" || place === "offered";

export function hearGranted(queue: TenantQueue, granted: QueueGranted, turn: Turn): void {
  const lane = laneOf(queue, granted.pool);
  const { requestId, attempt, poolEpoch } = granted;
  if (granted.shardEpoch !== tenureOf(queue).shardEpoch) {
    drop(turn, { what: "queue-granted", why: "stale-shard-epoch", requestId });
    return;
  }
  if (!acceptPoolEpoch(queue, lane, { poolEpoch, turn })) {
    drop(turn, { what: "queue-granted", why: "stale-pool-epoch", requestId });
    return;
  }
  learnVirtualTime(lane.time, granted.virtualTime);
  const reservation = queue.reservations.get(requestId);
  if (reservation === undefined || attempt !== reservation.attempt) {
    drop(turn, {
      what: "queue-granted",
      why: reservation === undefined ? "unknown-request" : "other-attempt",
      requestId,
    });
    withdrawGrant(queue, granted, turn);
    return;
  }
  noteRanOn(reservation, granted);
  if (isUngranted(reservation)) {
    moveTo(queue, reservation, "granted");
    takeSlot(queue, reservation);
    learnCharge(lane.time, granted.finishTag);
    reservation.progressAtMs = turn.nowMs;
    noteGrant(queue, reservation, { granted, turn });
  }
  if (reservation.place !== "over" && poolEpoch >= (reservation.grant?.poolEpoch ?? 0)) {
    reservation.grant = granted;
  }
  offerWhatFits(queue, turn);
}

/** Its router has tried it several times in each of them. */
const adapterFailuresMax = 3;

const noAdapter: Refusal = {
  code: "adapter_unavailable",
  message: "The adapter cannot be loaded at the moment.",
  param: "model",
};

/** A stream that its client sees is rather kept waiting. */
const isWithoutAdapter = ({ adapterFailures, hasRun }: Reservation): boolean =>
  adapterFailures >= adapterFailuresMax && !hasRun;

export function hearVoided(queue: TenantQueue, voided: Voided, turn: Turn): void {
  const { requestId, attempt, pool, poolEpoch, reason } = voided;
  const lane = laneOf(queue, pool);
  const reservation = queue.reservations.get(requestId);
  if (!acceptPoolEpoch(queue, lane, { poolEpoch, turn })) {
    drop(turn, { what: "voided", why: "stale-pool-epoch", requestId });
  } else if (reservation === undefined || attempt !== reservation.attempt) {
    const why = reservation === undefined ? "unknown-request" : "other-attempt";
    drop(turn, { what: "voided", why, requestId });
  } else if (reservation.isFinal) {
    drop(turn, { what: "voided", why: "attempt-over", requestId });
  } else if (reservation.session === undefined) {
    // No session to run it again.
    lapse(queue, reservation, turn);
  } else {
    turn.effects.push(
      note("queue.voided", {
        requestId,
        tenant: tenureOf(queue).policy.tenant,
        pool,
        attempt,
        reason,
      }),
    );
    if (reason === "adapter-failed") reservation.adapterFailures += 1;
    if (isWithoutAdapter(reservation)) giveUp(queue, reservation, { refusal: noAdapter, turn });
    else {
      const code = reason === "adapter-failed" ? "adapter_unavailable" : "engine_unavailable";
      waitAsAttempt(queue, reservation, { attempt: attempt + 1, code, pool, turn });
    }
  }
  offerWhatFits(queue, turn);
}

export function hearPoolOwnerChanged(
  queue: TenantQueue,
  { pool, poolEpoch }: PoolOwnerChanged,
  turn: Turn,
): void {
  const lane = laneOf(queue, pool);
  // Before the first word of an owner, offers went to one that may be gone.
  const isFirst = lane.poolEpoch === 0;
  if (!acceptPoolEpoch(queue, lane, { poolEpoch, turn })) {
    turn.effects.push(
      note("queue.dropped", { what: "pool-owner-changed", why: "stale-pool-epoch", pool }),
    );
  } else if (isFirst) {
    reofferAll(queue, lane, turn);
  }
  offerWhatFits(queue, turn);
}

export function hearProgress(queue: TenantQueue, progress: QueueProgress, turn: Turn): void {
  const { worker, incarnation } = progress;
  let unknown = 0;
  for (const { requestId, attempt, totals } of progress.sequences) {
    const reservation = queue.reservations.get(requestId);
    if (reservation === undefined) {
      unknown += 1;
      continue;
    }
    noteExecuted(reservation, attempt, totals);
    noteBegun(reservation, { attempt, worker, incarnation });
    reservation.progressAtMs = turn.nowMs;
    if (attempt === reservation.attempt && reservation.place !== "over") {
      markRunning(queue, reservation);
    }
    if (isAbandoned(reservation, turn.nowMs)) {
      turn.effects.push(toWorker(turn.from, { kind: "cancel", requestId, attempt }));
    }
  }
  if (unknown === 0) return;
  turn.effects.push(
    note("queue.dropped", { what: "queue-progress", why: "unknown-request", worker, unknown }),
  );
}

/** Answered always: a worker repeats an end until it is noted. */
export function hearEnded(queue: TenantQueue, ended: QueueEnded, turn: Turn): void {
  const { requestId, attempt, totals } = ended;
  turn.effects.push(
    toWorker(turn.from, { kind: "end-noted", by: "tenant-queue", requestId, attempt }),
  );
  const reservation = queue.reservations.get(requestId);
  if (reservation === undefined) return noteUnclaimedEnd(queue, ended, turn);
  noteExecuted(reservation, attempt, totals);
  noteBegun(reservation, ended);
  if (attempt !== reservation.attempt || reservation.place === "over") return;
  // The grant was lost on its way here; the router may hold the offer still.
  if (reservation.place === "offered") withdraw(queue, reservation, turn);
  moveTo(queue, reservation, "over");
  reservation.isFinal = ended.isFinal;
  // Nobody to finish it; its session may yet come back.
  if (reservation.session === undefined) lapse(queue, reservation, turn);
  offerWhatFits(queue, turn);
}

/** On a worker's or a session's word. */
export function markRunning(queue: TenantQueue, reservation: Reservation): void {
  if (reservation.place === "running") return;
  const { place, offer, pool } = reservation;
  // The grant was lost on its way here; its charge was about what was stamped.
  if (place === "offered" && offer !== undefined) {
    learnCharge(laneOf(queue, pool).time, offer.finishTag);
  }
  moveTo(queue, reservation, "running");
  takeSlot(queue, reservation);
}

function noteGrant(
  queue: TenantQueue,
  reservation: Reservation,
  { granted, turn }: { readonly granted: QueueGranted; readonly turn: Turn },
): void {
  const { grantPace } = queue;
  notePace(queue.backlogPace, turn.nowMs);
  if (Number.isFinite(grantPace.lastAtMs)) {
    const intervalMs = turn.nowMs - grantPace.lastAtMs;
    grantPace.intervalMs = Math.floor((7 * grantPace.intervalMs + intervalMs) / 8);
  }
  grantPace.lastAtMs = turn.nowMs;
  const { requestId, attempt, pool, worker, finishTag } = granted;
  turn.effects.push(
    note("queue.granted", {
      requestId,
      tenant: tenureOf(queue).policy.tenant,
      pool,
      worker,
      attempt,
      finishTag,
      waitedMs: turn.nowMs - reservation.waitingSinceMs,
    }),
  );
}

function withdrawGrant(
  queue: TenantQueue,
  { pool, requestId, attempt }: QueueGranted,
  turn: Turn,
): void {
  const { shardEpoch } = tenureOf(queue);
  turn.effects.push(
    toRouter(routerAddress(pool), { kind: "withdraw", requestId, attempt, shardEpoch }),
  );
}

function drop(turn: Turn, fields: { what: string; why: string; requestId: string }): void {
  turn.effects.push(note("queue.dropped", fields));
}
