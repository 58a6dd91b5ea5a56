// A client repeats a request under the name that it gave it: it runs once. Whoever asks while it runs is told to come back,
// or, having lost the stream, where it is; whoever asks later is told where it ran. Only what nobody keeps runs again, as
// the next attempt of the same request; what was cut off is over, and its name is free for the next run.

import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Located, RanOn } from "#shared/messages/to-session.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Departure } from "./departed.ts";
import { recall } from "./departed.ts";
import type { NamedRequest } from "./named-requests.ts";
import { recallNamed } from "./named-requests.ts";
import type { Reservation } from "./reservation.ts";
import { standingPlace } from "./reservation.ts";
import { spendRetry } from "./retry-budget.ts";
import { answerRefused } from "./settling.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

/** An edge speaks for its sessions once a second. */
const heardWithinMs = 2_500;
/** Of one request's output: reading it again costs its readers nothing else. */
const repeatsMax = 64;
const comeBackMs = 1_000;

/** What the queue knows of the request that runs, or ran, under the name. */
interface Holder {
  readonly requestId: RequestId;
  readonly named: NamedRequest | undefined;
  readonly reservation: Reservation | undefined;
  readonly departure: Departure | undefined;
}

/** Whether the submit is heard as any other; else it is answered. */
export function isFirst(
  queue: TenantQueue,
  submit: Submit & { readonly idempotency: Idempotency },
  turn: Turn,
): boolean {
  const holder = holderOf(queue, submit, turn.nowMs);
  const { named } = holder;
  if (isHolders(holder, submit, turn.from)) return true;
  if (named !== undefined && named.body !== submit.idempotency.body) {
    return refuse(queue, submit, { refusal: otherBody, turn });
  }
  if (named?.end === "cut") {
    if (submit.idempotency.run > named.run) return true;
    return refuse(queue, submit, { refusal: runOver, turn });
  }
  if (asksForMore(holder, submit)) {
    return letRunAgain(queue, holder, { submit, turn });
  }
  const isKnown = (holder.reservation ?? holder.departure ?? named) !== undefined;
  return isKnown ? tellWhere(queue, holder, { submit, turn }) : true;
}

function holderOf(
  queue: TenantQueue,
  { requestId: asked, idempotency }: Submit & { readonly idempotency: Idempotency },
  nowMs: number,
): Holder {
  const named = recallNamed(queue.named, idempotency.key, nowMs);
  const requestId = named?.requestId ?? asked;
  const reservation = queue.reservations.get(requestId);
  return { requestId, named, reservation, departure: recall(queue.departed, requestId, nowMs) };
}

/** The session that has the request, or says so: an owner before this one had admitted it. */
function isHolders(holder: Holder, submit: Submit, from: Address): boolean {
  const { requestId, reservation, departure } = holder;
  if (submit.requestId !== requestId) return false;
  if (submit.admitted) return !isTooLate(holder, submit);
  const spokesman = reservation?.takenOverBy ?? reservation?.session ?? departure?.takenOverBy;
  return spokesman === from;
}

/**
 * It waits still, and another one ended the run under an owner that knew nothing of it: what it would bring has the account that is
 * closed. The next run is a request of its own.
 */
function isTooLate({ reservation, departure, named }: Holder, submit: Submit): boolean {
  const isHeld = reservation !== undefined || departure !== undefined;
  const hasBegun = submit.runningOn !== undefined || submit.deliveredTokens > 0;
  return named?.end === "cut" && !isHeld && !hasBegun;
}

/** It was told which attempt is the last, and found nothing of it. Where more was asked for since, that is where the request is. */
const asksForMore = (holder: Holder, { requestId, takesOver, attempt }: Submit): boolean =>
  takesOver === true && requestId === holder.requestId && attempt > attemptKnown(holder);

/** It has asked, and nothing was kept. Its account stands: what it brings again is on the bill once. */
function letRunAgain(
  queue: TenantQueue,
  { requestId, reservation, departure }: Holder,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): boolean {
  const { concurrencyMax } = tenureOf(queue).policy.limits;
  const retryAfterMs = spendRetry(queue.retries, concurrencyMax);
  if (retryAfterMs > 0) {
    return refuse(queue, submit, { refusal: { ...retriesSpent, retryAfterMs }, turn });
  }
  const isOver = departure?.kind === "settled" || departure?.kind === "refused";
  if (reservation === undefined && isOver) queue.departed.delete(requestId);
  return true;
}

function tellWhere(
  queue: TenantQueue,
  holder: Holder,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): boolean {
  const { requestId, reservation, named } = holder;
  if (isSpokenFor(reservation, turn.nowMs) && submit.hasLostStream !== true) {
    return refuse(queue, submit, { refusal: inUse, turn });
  }
  const { ranOn } = placeOf(holder);
  // It runs, and its worker's next beat tells where: the session asks again.
  if (reservation !== undefined && ranOn === undefined && hasPlace(reservation)) return false;
  if (named !== undefined) {
    if (named.repeats >= repeatsMax) return refuse(queue, submit, { refusal: spent, turn });
    named.repeats += 1;
  }
  const attempt = attemptKnown(holder);
  turn.effects.push(
    toSession(turn.from, {
      kind: "located",
      requestId,
      isKnown: true,
      ...(ranOn === undefined ? {} : { ranOn }),
      attempt,
      ...earlierOf(reservation),
    }),
    note("queue.repeated", { stream: requestId, tenant: tenureOf(queue).policy.tenant, attempt }),
  );
  return false;
}

/** Who runs it again goes on with its counts: they are the request's, not its session's. A worker alone tells none. */
function earlierOf(reservation: Reservation | undefined): Pick<Located, "earlier"> {
  if (reservation?.session === undefined) return {};
  const { preemptions, continuations, suspicion } = reservation;
  const crashed = suspicion === undefined ? {} : { suspicion };
  return { earlier: { preemptions, continuations, ...crashed } };
}

const placeOf = ({
  reservation,
  departure,
  named,
}: Holder): { readonly ranOn?: RanOn | undefined } =>
  reservation === undefined ? (departure ?? named ?? {}) : standingPlace(reservation);

function attemptKnown(holder: Holder): number {
  const { reservation, named } = holder;
  const asked = reservation?.attempt ?? placeOf(holder).ranOn?.attempt ?? 0;
  return Math.max(asked, named?.attempt ?? 0);
}

export const isSpokenFor = (reservation: Reservation | undefined, nowMs: number): boolean =>
  reservation?.session !== undefined && nowMs - reservation.heardAtMs < heardWithinMs;

export const hasPlace = ({ place }: Reservation): boolean =>
  place !== "waiting" && place !== "offered";

function refuse(
  queue: TenantQueue,
  { requestId }: Submit,
  { refusal, turn }: { readonly refusal: Refusal; readonly turn: Turn },
): false {
  answerRefused(queue, requestId, { refusal, to: turn.from, turn });
  return false;
}

const retriesSpent: Refusal = {
  code: "retry_budget",
  message:
    "Too much of this tenant's work is done again at the moment. Come back shortly, with the same key.",
};

const inUse: Refusal = {
  code: "idempotency_key_in_use",
  message:
    "A request with this `Idempotency-Key` is running. Come back when it has ended; or, having lost its stream, say with `Last-Event-ID` what you have of it.",
  param: "Idempotency-Key",
  retryAfterMs: comeBackMs,
};

const otherBody: Refusal = {
  code: "idempotency_key_mismatch",
  message:
    "This `Idempotency-Key` was used for another request, or its model has changed since. Use a new key for a new request.",
  param: "Idempotency-Key",
};

const runOver: Refusal = {
  code: "idempotency_run_over",
  message: "Requests with this `Idempotency-Key` were cut off too often. Use a new key.",
  param: "Idempotency-Key",
};

const spent: Refusal = {
  code: "idempotency_key_spent",
  message: `The request with this \`Idempotency-Key\` was repeated ${repeatsMax} times. Use a new key.`,
  param: "Idempotency-Key",
};
