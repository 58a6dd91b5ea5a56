// What requests that left without their session's last word hold of their tenant's quota: it stays theirs until the
// session claims it again, says that it is over, or must be over by its deadline. Laws: nothing is free while an
// attempt of the request may still run, and nothing is given back twice.

import { arm, disarm } from "#shared/actor/actor.ts";
import type { QueueEnded } from "#shared/messages/to-tenant-queue.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { remember } from "./departed.ts";
import { giveHoldsBack } from "./quota-holds.ts";
import type { UnclaimedQuota } from "./quota-account.ts";
import type { Reservation } from "./reservation.ts";
import { usedOf } from "./reservation.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";

/** The oldest is forfeited until its window ends. */
const keptMax = 4096;

/** It is about to leave. A grant may be under way for what is offered. */
export function leaveUnclaimed(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { requestId, place, allowance, attempt, forcedTokens } = reservation;
  if (allowance === undefined) return;
  const { byRequest } = queue.quota.unclaimed;
  const unclaimed: UnclaimedQuota = {
    ...usedOf(reservation),
    allowance,
    attempt,
    forcedTokens,
    hasEnded: place === "waiting" || place === "over",
    overAtMs: reservation.deadlineAtMs,
  };
  byRequest.set(requestId, unclaimed);
  const [oldest] = byRequest.oldest() ?? [requestId];
  if (byRequest.size > keptMax) byRequest.delete(oldest);
  armFor(queue, unclaimed, turn);
}

/** Its session is back: what it was allowed it still is, and what ran of it is known. */
export function claimAgain(
  { quota: { unclaimed } }: TenantQueue,
  requestId: RequestId,
  turn: Turn,
): UnclaimedQuota | undefined {
  const claimed = unclaimed.byRequest.get(requestId);
  if (claimed === undefined) return undefined;
  unclaimed.byRequest.delete(requestId);
  if (unclaimed.byRequest.size === 0 && Number.isFinite(unclaimed.dueAtMs)) {
    unclaimed.dueAtMs = Infinity;
    turn.effects.push(disarm("unclaimed"));
  }
  return claimed;
}

/** Its session is over, and tells how much output it knows of. */
export function giveUnclaimedBack(
  queue: TenantQueue,
  requestId: RequestId,
  /** Undefined: nothing that it knows of ran. */
  { outputTokens, turn }: { readonly outputTokens: number | undefined; readonly turn: Turn },
): void {
  const unclaimed = claimAgain(queue, requestId, turn);
  if (unclaimed === undefined) return;
  if (outputTokens !== undefined) noteOutput(unclaimed, outputTokens);
  giveBack(queue, unclaimed, turn);
}

/** A worker has ended an attempt of which no reservation is left. */
export function noteUnclaimedEnd(queue: TenantQueue, ended: QueueEnded, turn: Turn): void {
  const unclaimed = queue.quota.unclaimed.byRequest.get(ended.requestId);
  if (unclaimed === undefined || ended.attempt !== unclaimed.attempt) return;
  const { prefillTokens, cachedTokens, outputTokens, gpuUs } = ended.totals;
  unclaimed.gpuUs = Math.max(unclaimed.gpuUs, gpuUs);
  if (prefillTokens + cachedTokens + outputTokens > 0) {
    noteOutput(unclaimed, unclaimed.forcedTokens + outputTokens);
  }
  unclaimed.hasEnded = true;
  armFor(queue, unclaimed, turn);
}

/** Those whose sessions must be over are settled: were one to speak now, it would hear so. */
export function freeOverdue(queue: TenantQueue, turn: Turn): void {
  const { byRequest } = queue.quota.unclaimed;
  queue.quota.unclaimed.dueAtMs = Infinity;
  for (const requestId of byRequest.keys()) {
    const unclaimed = byRequest.get(requestId);
    if (unclaimed?.hasEnded !== true) continue;
    if (unclaimed.overAtMs > turn.nowMs) {
      armFor(queue, unclaimed, turn);
      continue;
    }
    byRequest.delete(requestId);
    remember(queue.departed, requestId, { kind: "settled", atMs: turn.nowMs });
    giveBack(queue, unclaimed, turn);
  }
}

function noteOutput(unclaimed: UnclaimedQuota, outputTokens: number): void {
  unclaimed.hasRun = true;
  unclaimed.outputTokens = Math.max(unclaimed.outputTokens, outputTokens);
}

function giveBack(queue: TenantQueue, unclaimed: UnclaimedQuota, turn: Turn): void {
  giveHoldsBack(queue, unclaimed.allowance, { used: unclaimed, turn });
}

function armFor(
  { quota: { unclaimed } }: TenantQueue,
  { hasEnded, overAtMs }: UnclaimedQuota,
  turn: Turn,
): void {
  if (!hasEnded || overAtMs >= unclaimed.dueAtMs) return;
  unclaimed.dueAtMs = overAtMs;
  const atMs = Math.max(overAtMs, turn.nowMs);
  turn.effects.push(arm("unclaimed", atMs, { kind: "timer-fired", name: "unclaimed" }));
}
