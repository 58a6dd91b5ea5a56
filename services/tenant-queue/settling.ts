// How a request leaves the queue: its reservation becomes what it used, its slot is free, and what is still out
// at the router is taken back. Once: a request that is not held is settled already.

import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Cancel, Finished } from "#shared/messages/to-tenant-queue.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import { remember, whereItRan } from "./departed.ts";
import { learnEnded, learnFinished, noteNamedEnd } from "./named-requests.ts";
import { offerWhatFits, withdraw } from "./offering.ts";
import { observeOutput } from "./output-prediction.ts";
import { giveHoldsBack } from "./quota-holds.ts";
import { quotaAlert } from "./quota-standing.ts";
import type { Reservation } from "./reservation.ts";
import {
  noteDelivered,
  noteExecuted,
  speaksFor,
  traceOf,
  tokensUsed,
  usedOf,
} from "./reservation.ts";
import { rateLimits, refund } from "./sliding-window.ts";
import { giveUnclaimedBack, leaveUnclaimed } from "./unclaimed-quota.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { giveSlotBack, moveTo, tenureOf } from "./tenant-queue.ts";

/** The session is over, with totals over all its attempts; for a single attempt they are a witness like the worker's. */
export function hearFinished(queue: TenantQueue, finished: Finished, turn: Turn): void {
  const { requestId, attempt, totals, deliveredTokens } = finished;
  const reservation = queue.reservations.get(requestId);
  if (reservation !== undefined && !speaksFor(reservation, turn.from)) {
    // The bill is another's to write, if it is not written yet.
    turn.effects.push(toSession(turn.from, { kind: "settled", requestId, isTakenOver: true }));
    return;
  }
  if (finished.isOutputLost === true) forgetPlace(queue, requestId);
  if (reservation !== undefined) {
    noteDelivered(reservation, deliveredTokens);
    reservation.isWhole = finished.isWhole === true;
    reservation.isServed = finished.isServed === true;
    noteExecuted(reservation, attempt === 1 ? attempt : 0, totals);
  } else {
    learnFinished(queue.named, finished, turn.nowMs);
    if (deliveredTokens === 0) refundLapsed(queue, requestId, turn);
  }
  settleAsked(queue, requestId, { outputTokens: outputKnown(finished), turn });
}

/** Output tokens that a session knows of; undefined: nothing ran. */
function outputKnown({ attempt, totals, deliveredTokens }: Finished): number | undefined {
  const { prefillTokens, cachedTokens, outputTokens } = totals;
  if (prefillTokens + cachedTokens + outputTokens + deliveredTokens === 0) return undefined;
  return Math.max(deliveredTokens, attempt === 1 ? outputTokens : 0);
}

/** What was generated there is on no bill. */
function forgetPlace(queue: TenantQueue, requestId: RequestId): void {
  const reservation = queue.reservations.get(requestId);
  if (reservation !== undefined) reservation.ranOn = undefined;
  const departure = queue.departed.get(requestId);
  if (departure?.ranOn === undefined) return;
  const { ranOn: _, ...rest } = departure;
  remember(queue.departed, requestId, rest);
}

export function hearCancel(
  queue: TenantQueue,
  { requestId, isOwn, named }: Cancel,
  turn: Turn,
): void {
  const reservation = queue.reservations.get(requestId);
  if (isOwn === true && reservation?.session !== turn.from) {
    if (named !== undefined && reservation === undefined) {
      learnEnded(queue.named, [named], turn.nowMs);
    }
    if (queue.quota.kept.get(requestId)?.kept.session === turn.from) {
      queue.quota.kept.delete(requestId);
    }
    turn.effects.push(toSession(turn.from, { kind: "settled", requestId }));
    return;
  }
  refundLapsed(queue, requestId, turn);
  settleAsked(queue, requestId, { outputTokens: undefined, turn });
}

/** Its lease had run out while it waited; now it is certain that it never will run. */
function refundLapsed(queue: TenantQueue, requestId: RequestId, turn: Turn): void {
  const lapsed = queue.departed.get(requestId);
  if (lapsed?.kind !== "lapsed" || lapsed.hasRun) return;
  const refundedTokens = refund(queue.window, lapsed.charge, turn.nowMs);
  const { tenant } = tenureOf(queue).policy;
  const why = "session-after-lapse";
  turn.effects.push(note("queue.settled", { requestId, tenant, why, tokens: 0, refundedTokens }));
}

/** Also for a request that is not known: its submit may be on the way still, and must not run. */
function settleAsked(
  queue: TenantQueue,
  requestId: RequestId,
  { outputTokens, turn }: { readonly outputTokens: number | undefined; readonly turn: Turn },
): void {
  const reservation = queue.reservations.get(requestId);
  const departure = queue.departed.get(requestId);
  const { takenOverBy = turn.from } = departure ?? {};
  const isTakenOver = reservation === undefined && takenOverBy !== turn.from;
  turn.effects.push(
    toSession(turn.from, { kind: "settled", requestId, ...(isTakenOver ? { isTakenOver } : {}) }),
  );
  if (reservation !== undefined) {
    settle(queue, reservation, { why: "session", turn });
    offerWhatFits(queue, turn);
    return;
  }
  queue.quota.kept.delete(requestId);
  remember(queue.departed, requestId, {
    kind: "settled",
    atMs: turn.nowMs,
    ...whereItRan(departure),
    takenOverBy,
  });
  giveUnclaimedBack(queue, requestId, { outputTokens, turn });
}

/** On what is known to have run. */
export function settle(
  queue: TenantQueue,
  reservation: Reservation,
  { why, turn }: { readonly why: string; readonly turn: Turn },
): void {
  const { requestId, charge } = reservation;
  const used = Math.min(tokensUsed(reservation), charge.tokens);
  const refunded = refund(queue.window, { ...charge, tokens: charge.tokens - used }, turn.nowMs);
  // Only a session that is over never claims it from a next owner.
  const isSessionOver = why === "session";
  noteNamedEnd(queue.named, reservation, reservation.isServed ? "served" : "cut");
  if (!isSessionOver) leaveUnclaimed(queue, reservation, turn);
  release(queue, reservation, turn);
  remember(queue.departed, requestId, {
    kind: "settled",
    atMs: turn.nowMs,
    ...traceOf(reservation),
    ...(isSessionOver ? { takenOverBy: turn.from } : {}),
  });
  if (isSessionOver) giveLeftOverBack(queue, reservation, turn);
  turn.effects.push(
    note("queue.settled", {
      requestId,
      tenant: tenureOf(queue).policy.tenant,
      pool: reservation.pool,
      attempt: reservation.attempt,
      why,
      tokens: used,
      refundedTokens: refunded,
    }),
  );
}

function giveLeftOverBack(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { allowance } = reservation;
  if (allowance === undefined) return;
  giveHoldsBack(queue, allowance, { used: usedOf(reservation), turn });
}

/**
 * Nobody has spoken for it: it goes, but may come back. What never ran stays booked, so that its return cannot
 * exceed a limit that others have used up meanwhile; its second leaves the window by itself.
 */
export function lapse(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { requestId, charge, hasRun, place, begunAttempt } = reservation;
  const used = hasRun ? Math.min(tokensUsed(reservation), charge.tokens) : charge.tokens;
  refund(queue.window, { ...charge, tokens: charge.tokens - used }, turn.nowMs);
  const fields = {
    requestId,
    tenant: tenureOf(queue).policy.tenant,
    pool: reservation.pool,
    attempt: reservation.attempt,
    place,
    tokens: used,
  };
  leaveUnclaimed(queue, reservation, turn);
  release(queue, reservation, turn);
  remember(queue.departed, requestId, {
    kind: "lapsed",
    atMs: turn.nowMs,
    charge: { ...charge, tokens: used },
    hasRun,
    ...traceOf(reservation),
    ...(place === "granted" ? { begunAttempt } : {}),
  });
  turn.effects.push(note("queue.lapsed", fields));
}

/** A request that was admitted and cannot be served: its session is told, finally. */
export function giveUp(
  queue: TenantQueue,
  reservation: Reservation,
  { refusal, turn }: { readonly refusal: Refusal; readonly turn: Turn },
): void {
  const { requestId, session } = reservation;
  settle(queue, reservation, { why: refusal.code, turn });
  const place = traceOf(reservation);
  remember(queue.departed, requestId, { kind: "refused", atMs: turn.nowMs, refusal, ...place });
  if (session !== undefined) answerRefused(queue, requestId, { refusal, to: session, turn });
}

export function answerRefused(
  queue: TenantQueue,
  requestId: RequestId,
  { refusal, to, turn }: { readonly refusal: Refusal; readonly to: Address; readonly turn: Turn },
): void {
  const { shardEpoch, policy } = tenureOf(queue);
  const limits = limitsTold(queue, turn.nowMs);
  const { tenant } = policy;
  turn.effects.push(
    toSession(to, { kind: "refused", requestId, shardEpoch, refusal, limits }),
    note("queue.refused", { requestId, tenant, code: refusal.code }),
  );
}

/** For the headers of every reply. */
export function limitsTold(queue: TenantQueue, nowMs: number): RateLimits {
  const alert = quotaAlert(queue, nowMs);
  const limits = rateLimits(queue.window, tenureOf(queue).policy.limits, nowMs);
  return alert === undefined ? limits : { ...limits, quotaAlert: alert };
}

/** An offer comes back; so does a grant of which nothing was ever heard. What runs, its worker ends. */
function release(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { place, hasRun, outputTokens, isWhole } = reservation;
  if (place === "offered" || (place === "granted" && !hasRun)) withdraw(queue, reservation, turn);
  moveTo(queue, reservation, "outside");
  giveSlotBack(queue, reservation);
  queue.reservations.delete(reservation.requestId);
  if (outputTokens > 0) observeOutput(queue.predictions, reservation, { outputTokens, isWhole });
}
