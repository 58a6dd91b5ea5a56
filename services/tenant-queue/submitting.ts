// A session asks for a place. A new request is admitted or refused; a known one gets the standing answer, and a
// higher attempt makes the lower one obsolete. However often it asks, it is admitted once.

import { note } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Detached } from "#shared/messages/to-session.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import { isTooOften } from "#shared/model/attempts.ts";
import { readAllowance } from "#shared/model/output-allowance.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { admit } from "./admission.ts";
import { endBacklog, predictWaitMs } from "./backlog-pace.ts";
import type { Departure } from "./departed.ts";
import { recall } from "./departed.ts";
import { fund, fundFurther } from "./funding.ts";
import { offerWhatFits, withdraw } from "./offering.ts";
import type { Reservation } from "./reservation.ts";
import {
  claimQuota,
  noteDelivered,
  reservationOf,
  speaksFor,
  tokensReserved,
} from "./reservation.ts";
import { answerRefused, giveUp, limitsTold } from "./settling.ts";
import type { Charge } from "./sliding-window.ts";
import { charge, stepOf } from "./sliding-window.ts";
import { rememberNamed } from "./named-requests.ts";
import { earnRetry } from "./retry-budget.ts";
import { hasPlace, isFirst, isSpokenFor } from "./repeating.ts";
import { keepUntilTold } from "./strangers.ts";
import { claimAgain } from "./unclaimed-quota.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { isRenewed } from "./renewing.ts";
import { giveSlotBack, moveTo, takeSlot, tenureOf } from "./tenant-queue.ts";

/** A bound on what sessions may claim to have been admitted by an earlier owner. */
const reservationsMax = 50_000;
const placeFreeMs = { min: 250, max: 60_000 };

export function hearSubmit(queue: TenantQueue, submit: Submit, turn: Turn): void {
  takeSubmit(queue, submit, turn);
  offerWhatFits(queue, turn);
}

/** Without offering yet: after a takeover all are taken first. */
export function takeSubmit(queue: TenantQueue, submit: Submit, turn: Turn): void {
  const { idempotency } = submit;
  if (idempotency !== undefined && !isFirst(queue, { ...submit, idempotency }, turn)) return;
  const reservation = queue.reservations.get(submit.requestId);
  if (reservation === undefined) submitUnknown(queue, submit, turn);
  else submitKnown(queue, reservation, { submit, turn });
}

function submitUnknown(queue: TenantQueue, submit: Submit, turn: Turn): void {
  const { requestId } = submit;
  const departure = recall(queue.departed, requestId, turn.nowMs);
  if (departure?.kind === "settled") return answerSettled(departure, submit, turn);
  if (departure?.kind === "refused") {
    answerRefused(queue, requestId, { refusal: departure.refusal, to: turn.from, turn });
    return;
  }
  if (departure !== undefined) {
    queue.departed.delete(requestId);
    restoreRequest(queue, submit, { charge: departure.charge, turn });
    return;
  }
  if (!submit.admitted) {
    if (!keepUntilTold(queue, submit, turn)) admitOrRefuse(queue, submit, turn);
    return;
  }
  const step = stepOf(turn.nowMs - submit.ageMs);
  const booked = { step, tokens: tokensReserved(submit), isRestored: true };
  restoreRequest(queue, submit, { charge: booked, turn });
}

/** It is over: to the session that ended it, or to one that has lost it to that one. */
export function answerSettled(departure: Departure, submit: Submit, turn: Turn): void {
  const { requestId } = submit;
  const isOwn = speaksFor(departure, turn.from);
  turn.effects.push(
    toSession(turn.from, isOwn ? { kind: "settled", requestId } : detachedFrom(submit)),
  );
}

function admitOrRefuse(queue: TenantQueue, submit: Submit, turn: Turn): void {
  const { policy } = tenureOf(queue);
  const { nowMs } = turn;
  if (queue.ungranted === 0) endBacklog(queue.backlogPace);
  const verdict = admit(submit, {
    limits: policy.limits,
    kvBurstTokens: policy.kvBudget?.burstTokens,
    window: queue.window,
    waiting: queue.ungranted,
    predictedWaitMs: predictWaitMs(queue.backlogPace, queue.ungranted),
    placeFreeMs: untilPlaceFree(queue, nowMs),
    nowMs,
  });
  if (verdict.kind === "refused") {
    answerRefused(queue, submit.requestId, { refusal: verdict.refusal, to: turn.from, turn });
    return;
  }
  const funding = fund(queue, submit, turn);
  if (funding.kind === "later") return;
  if (funding.kind === "refused") {
    answerRefused(queue, submit.requestId, { refusal: funding.refusal, to: turn.from, turn });
    return;
  }
  const booked = charge(queue.window, tokensReserved(submit), nowMs);
  const reservation = hold(queue, submit, { charge: booked, turn });
  reservation.allowance = funding.allowance;
  if (submit.takesOver !== true) earnRetry(queue.retries, policy.limits.concurrencyMax);
  turn.effects.push(
    note("queue.admitted", {
      requestId: submit.requestId,
      tenant: policy.tenant,
      pool: submit.pool,
      attempt: submit.attempt,
      position: reservation.position,
      reservedTokens: booked.tokens,
    }),
  );
  moveTo(queue, reservation, "waiting");
  answerStanding(queue, reservation, turn);
}

/** Takes a request back that was admitted before, without counting it again. */
export function restoreRequest(
  queue: TenantQueue,
  submit: Submit,
  { charge, turn }: { readonly charge: Charge; readonly turn: Turn },
): void {
  if (queue.reservations.size >= reservationsMax) {
    const message = "More requests are in flight than the queue can hold.";
    const refusal: Refusal = { code: "queue_full", message, retryAfterMs: placeFreeMs.max };
    answerRefused(queue, submit.requestId, { refusal, to: turn.from, turn });
    return;
  }
  const reservation = hold(queue, submit, { charge, turn });
  const unclaimed = claimAgain(queue, submit.requestId, turn);
  if (unclaimed !== undefined) claimQuota(reservation, unclaimed);
  if (submit.runningOn !== undefined || submit.deliveredTokens > 0) takeSlot(queue, reservation);
  if (submit.runningOn !== undefined) {
    // How much of the output this attempt was given as its prefix is not known: nothing, rather than all.
    reservation.forcedTokens = 0;
  }
  moveTo(queue, reservation, submit.runningOn === undefined ? "waiting" : "running");
  turn.effects.push(
    note("queue.restored", {
      requestId: submit.requestId,
      tenant: tenureOf(queue).policy.tenant,
      pool: submit.pool,
      attempt: submit.attempt,
      place: reservation.place,
    }),
  );
  answerStanding(queue, reservation, turn);
}

function hold(
  queue: TenantQueue,
  submit: Submit,
  { charge, turn }: { readonly charge: Charge; readonly turn: Turn },
): Reservation {
  const { nowMs, from } = turn;
  const position = queue.nextPosition++;
  const reservation = reservationOf(submit, from, { charge, position, nowMs });
  queue.reservations.set(submit.requestId, reservation);
  rememberNamed(queue.named, submit, nowMs);
  return reservation;
}

function submitKnown(
  queue: TenantQueue,
  reservation: Reservation,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): void {
  if (isOfEarlierSession(reservation, submit, turn)) return;
  tellReplaced(reservation, submit, turn);
  rememberNamed(queue.named, submit, turn.nowMs);
  reservation.session = turn.from;
  reservation.heardAtMs = turn.nowMs;
  reservation.deadlineAtMs = turn.nowMs + submit.remainingMs;
  reservation.openedAtMs = Math.min(reservation.openedAtMs, turn.nowMs - submit.ageMs);
  learnFrom(reservation, submit);
  if (submit.attempt > reservation.attempt) {
    if (!mayGoOn(queue, reservation, { submit, turn })) return;
    startNextAttempt(queue, reservation, { submit, turn });
    if (reservation.place === "outside") return;
  } else if (submit.renewsAtEpochMs !== undefined) {
    if (isRenewed(queue, reservation, { submit, turn })) answerQueued(queue, reservation, turn);
    return;
  }
  const { runningOn, attempt } = submit;
  const { place } = reservation;
  const isUngranted = place === "waiting" || place === "offered";
  // The grant was lost on its way here.
  if (runningOn !== undefined && attempt === reservation.attempt && isUngranted) {
    moveTo(queue, reservation, "running");
    takeSlot(queue, reservation);
  }
  answerStanding(queue, reservation, turn);
}

function learnFrom(reservation: Reservation, submit: Submit): void {
  noteDelivered(reservation, submit.deliveredTokens);
  // Told by a worker alone until now.
  reservation.allowance ??= readAllowance(submit.allowance);
  reservation.preemptions = Math.max(reservation.preemptions, submit.preemptions ?? 0);
  reservation.continuations = Math.max(reservation.continuations, submit.continuations ?? 0);
  if (submit.attempt >= reservation.attempt) reservation.suspicion = submit.suspicion;
}

/** Another has taken its stream over, and it has not heard so. */
function isOfEarlierSession(reservation: Reservation, submit: Submit, turn: Turn): boolean {
  const isBehind = isOutrun(reservation, submit, turn);
  if (submit.takesOver === true && !isBehind) reservation.takenOverBy = turn.from;
  if (!isBehind && speaksFor(reservation, turn.from)) return false;
  turn.effects.push(toSession(turn.from, detachedFrom(submit)));
  return true;
}

/**
 * Two sessions ask under one name: one has it from now on. It runs it again, or took it over; or an owner before this one had
 * admitted it.
 */
function tellReplaced({ session }: Reservation, submit: Submit, turn: Turn): void {
  const isOther = session !== undefined && session !== turn.from;
  if (submit.idempotency === undefined || !isOther) return;
  turn.effects.push(toSession(session, detachedFrom(submit)));
}

/** Under one name another has a later attempt, or this one: one does not take it back by asking for one's own once more. */
function isOutrun(reservation: Reservation, submit: Submit, turn: Turn): boolean {
  const { takenOverBy, session, attempt } = reservation;
  const holder = takenOverBy ?? session;
  if (submit.idempotency === undefined || holder === undefined || holder === turn.from)
    return false;
  return submit.attempt < attempt || isSecond(reservation, submit, turn);
}

/**
 * Both were admitted, each by another owner: none asks a worker for what the other's worker was asked for. Who has a place keeps it;
 * while none has, the first that was opened keeps its own, whoever asks last.
 */
function isSecond(reservation: Reservation, submit: Submit, { nowMs }: Turn): boolean {
  const { attempt, openedAtMs } = reservation;
  if (submit.takesOver === true || submit.runningOn !== undefined) return false;
  if (submit.attempt > attempt || !isSpokenFor(reservation, nowMs)) return false;
  return hasPlace(reservation) || openedAtMs < nowMs - submit.ageMs;
}

const detachedFrom = ({ requestId, attempt }: Submit): Detached => ({
  kind: "detached",
  requestId,
  attempt,
});

/** With more of the tenant's quota, if it has spent what it was allowed. */
function mayGoOn(
  queue: TenantQueue,
  reservation: Reservation,
  next: { readonly submit: Submit; readonly turn: Turn },
): boolean {
  const funding = fundFurther(queue, reservation, next);
  if (funding === undefined) return true;
  if (funding.kind === "funded") reservation.allowance = funding.allowance;
  if (funding.kind === "refused") {
    giveUp(queue, reservation, { refusal: funding.refusal, turn: next.turn });
  }
  return funding.kind === "funded";
}

/** The session has given the standing attempt up. */
function startNextAttempt(
  queue: TenantQueue,
  reservation: Reservation,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): void {
  const { place } = reservation;
  if (place === "offered" || place === "granted" || place === "running") {
    withdraw(queue, reservation, turn);
  }
  waitAsAttempt(queue, reservation, {
    attempt: submit.attempt,
    code: "engine_unavailable",
    pool: submit.pool,
    turn,
  });
}

/** A retry goes before the tenant's other requests. A stream that its client already sees keeps its slot meanwhile. */
export function waitAsAttempt(
  queue: TenantQueue,
  reservation: Reservation,
  next: {
    readonly attempt: number;
    /** What to say when there were too many. */
    readonly code: "engine_unavailable" | "adapter_unavailable";
    readonly pool: Submit["pool"];
    readonly turn: Turn;
  },
): void {
  if (isTooOften(next.attempt, reservation)) {
    const message = "The request was started several times and no engine could keep it.";
    giveUp(queue, reservation, { refusal: { code: next.code, message }, turn: next.turn });
    return;
  }
  moveTo(queue, reservation, "outside");
  reservation.attempt = next.attempt;
  reservation.pool = next.pool;
  reservation.grant = undefined;
  reservation.offer = undefined;
  reservation.forcedTokens = reservation.deliveredTokens;
  reservation.isFinal = false;
  reservation.waitingSinceMs = next.turn.nowMs;
  if (!reservation.hasRun) giveSlotBack(queue, reservation);
  moveTo(queue, reservation, "waiting");
}

/** What stands for this request: granted, or still waiting. */
export function answerStanding(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { requestId, attempt, grant, place, allowance } = reservation;
  const { shardEpoch } = tenureOf(queue);
  if (grant !== undefined && (place === "granted" || place === "running")) {
    const { worker, incarnation, poolEpoch, weight, band, isAlone } = grant;
    const { preemptions, suspicion } = grant;
    turn.effects.push(
      toSession(turn.from, {
        kind: "granted",
        requestId,
        attempt,
        worker,
        incarnation,
        shardEpoch,
        poolEpoch,
        weight,
        ...(allowance === undefined ? {} : { allowance }),
        ...(band === undefined ? {} : { band }),
        ...(isAlone === undefined ? {} : { isAlone }),
        ...(preemptions === undefined ? {} : { preemptions }),
        ...(suspicion === undefined ? {} : { suspicion }),
      }),
    );
    return;
  }
  answerQueued(queue, reservation, turn);
}

function answerQueued(
  queue: TenantQueue,
  { requestId, attempt, allowance }: Reservation,
  turn: Turn,
): void {
  const { shardEpoch } = tenureOf(queue);
  const limits = limitsTold(queue, turn.nowMs);
  const allowed = allowance === undefined ? {} : { allowance };
  turn.effects.push(
    toSession(turn.from, { kind: "queued", requestId, attempt, shardEpoch, limits, ...allowed }),
  );
}

/** A place becomes free about once per grant, as lately seen. */
function untilPlaceFree({ grantPace }: TenantQueue, nowMs: number): number {
  const silentMs = Number.isFinite(grantPace.lastAtMs) ? nowMs - grantPace.lastAtMs : 0;
  const estimate = Math.ceil(Math.max(grantPace.intervalMs, silentMs));
  return Math.min(placeFreeMs.max, Math.max(placeFreeMs.min, estimate));
}
