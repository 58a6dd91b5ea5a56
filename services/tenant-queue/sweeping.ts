// The leases of reservations: who has not been spoken for, and whose time is up. Once a second while anything is
// held. Silence ends a waiting request after 3 s, one that is over likewise, a running one after 30 s.

import { tellAlerts } from "./quota-alerts.ts";
import { tend } from "./quota.ts";
import { arm } from "#shared/actor/actor.ts";
import { edgeOfDirectory, edgeOfSession } from "#shared/messages/addresses.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import type { Renew } from "#shared/messages/to-tenant-queue.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { recall } from "./departed.ts";
import { offerWhatFits } from "./offering.ts";
import type { Reservation } from "./reservation.ts";
import { giveUp, lapse, settle } from "./settling.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

const sweepEveryMs = 1000;
const waitingLeaseMs = 3000;
const runningLeaseMs = 30_000;

export function sweep(queue: TenantQueue, turn: Turn): void {
  queue.isSweepArmed = false;
  tellAlerts(queue, turn);
  tend(queue, turn);
  for (const reservation of queue.reservations.values()) {
    sweepOne(queue, reservation, turn);
  }
  offerWhatFits(queue, turn);
}

export function armSweep(queue: TenantQueue, turn: Turn): void {
  if (queue.isSweepArmed || queue.reservations.size === 0) return;
  queue.isSweepArmed = true;
  turn.effects.push(
    arm("sweep", turn.nowMs + sweepEveryMs, { kind: "timer-fired", name: "sweep" }),
  );
}

/** Renews what is known; the directory tells the others' sessions to submit again, and so do those learn that another has their stream. */
export function hearRenew(queue: TenantQueue, { requestIds }: Renew, turn: Turn): void {
  const edge = edgeOfDirectory(turn.from);
  const unknown = requestIds.filter((requestId) => {
    const reservation = queue.reservations.get(requestId);
    const departure = recall(queue.departed, requestId, turn.nowMs);
    const { takenOverBy } = reservation ?? departure ?? {};
    if (takenOverBy !== undefined && edgeOfSession(takenOverBy) !== edge) return true;
    if (reservation !== undefined) reservation.heardAtMs = turn.nowMs;
    return reservation === undefined && departure?.kind !== "settled";
  });
  if (unknown.length === 0) return;
  const { shardEpoch, policy } = tenureOf(queue);
  turn.effects.push(
    toSessionDirectory(turn.from, {
      kind: "unknown-requests",
      tenant: policy.tenant,
      shardEpoch,
      requestIds: unknown,
    }),
  );
}

function sweepOne(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { place, heardAtMs, progressAtMs, deadlineAtMs } = reservation;
  const silentMs = turn.nowMs - heardAtMs;
  switch (place) {
    case "waiting":
    case "offered":
      if (deadlineAtMs <= turn.nowMs) settle(queue, reservation, { why: "deadline", turn });
      else if (isQueuedTooLong(queue, reservation, turn.nowMs)) {
        giveUp(queue, reservation, { refusal: queuedTooLong(queue), turn });
      } else if (silentMs >= waitingLeaseMs) lapse(queue, reservation, turn);
      return;
    case "over":
      if (silentMs >= waitingLeaseMs) lapse(queue, reservation, turn);
      return;
    case "granted":
    case "running":
      if (Math.min(silentMs, turn.nowMs - progressAtMs) >= runningLeaseMs) {
        lapse(queue, reservation, turn);
      }
      return;
    default:
      return;
  }
}

/** Its session must be over by its deadline, and cannot say so; or none has claimed it. What runs is read by nobody. */
export const isAbandoned = (reservation: Reservation, nowMs: number): boolean =>
  reservation.deadlineAtMs <= nowMs && isUnheard(reservation, nowMs);

/** Its session has not spoken for it since a waiting one's lease. */
export const isUnheard = ({ heardAtMs }: Reservation, nowMs: number): boolean =>
  nowMs - heardAtMs >= waitingLeaseMs;

/** First attempts only: what ran once has waited its time, and its client may have seen a part of it. */
function isQueuedTooLong(
  queue: TenantQueue,
  { rank, waitingSinceMs }: Reservation,
  nowMs: number,
): boolean {
  const { queueDeadlineMs } = tenureOf(queue).policy.limits;
  return queueDeadlineMs !== undefined && rank === 2 && nowMs - waitingSinceMs >= queueDeadlineMs;
}

function queuedTooLong(queue: TenantQueue): Refusal {
  const { queueDeadlineMs = 0 } = tenureOf(queue).policy.limits;
  return {
    code: "queue_deadline",
    message: `The request waited longer than the ${queueDeadlineMs} ms that this tenant's requests may wait for a place.`,
    retryAfterMs: queueDeadlineMs,
  };
}
