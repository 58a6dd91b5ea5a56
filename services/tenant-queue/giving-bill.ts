// Whether a worker writes a request's bill: only if nobody goes on with the request. A yes is the request's end: it is
// settled, and a session that turns up later is told that it has no say any more, so that nothing goes on unbilled.

import { toWorker } from "#shared/messages/to-worker.ts";
import type { ClaimBill } from "#shared/messages/to-tenant-queue.ts";
import type { Departure } from "./departed.ts";
import { recall, remember, whereItRan } from "./departed.ts";
import { offerWhatFits } from "./offering.ts";
import { noteDelivered } from "./reservation.ts";
import { settle } from "./settling.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";
import { giveUnclaimedBack } from "./unclaimed-quota.ts";

/**
 * A session that is silent may live: its edge may be cut off from here alone, with its stream. So long nobody else is given its bill. An owner
 * that is cut off itself has lost its shard by then (lease 5 s), and the next one has heard of what goes on. A worker that dies meanwhile has
 * told the ledger what was received.
 */
const goneForMs = 20_000;

export function hearClaimBill(queue: TenantQueue, claim: ClaimBill, turn: Turn): void {
  const { requestId, attempt } = claim;
  const isGiven = !hasLaterAttempt(queue, claim, turn.nowMs) && isSessionGone(queue, claim, turn);
  turn.effects.push(toWorker(turn.from, { kind: "bill-answered", requestId, attempt, isGiven }));
  if (isGiven) close(queue, claim, turn);
}

/**
 * Whoever has that one bills, a session or its worker. A later attempt that was granted, and that no worker spoke of until its
 * lease ran out, has no witness: its session died before it had started it.
 */
function hasLaterAttempt(queue: TenantQueue, claim: ClaimBill, nowMs: number): boolean {
  const { requestId, attempt } = claim;
  const { ranOn, begunAttempt } = recall(queue.departed, requestId, nowMs) ?? {};
  const standing = queue.reservations.get(requestId)?.attempt;
  return (standing ?? begunAttempt ?? ranOn?.attempt ?? 0) > attempt;
}

/**
 * Of its session. One that has said that it is over has written its bill, which is with the ledger long before that time is up if its edge lives: the
 * ledger keeps what comes first.
 */
function isSessionGone(queue: TenantQueue, { requestId }: ClaimBill, turn: Turn): boolean {
  const departure = recall(queue.departed, requestId, turn.nowMs);
  // The answer was lost on its way.
  if (departure?.billGivenTo === turn.from) return true;
  return turn.nowMs - lastHeardMs(queue, requestId, departure) >= goneForMs;
}

function lastHeardMs(
  queue: TenantQueue,
  requestId: ClaimBill["requestId"],
  departure: Departure | undefined,
): number {
  const { sinceMs } = tenureOf(queue);
  const reservation = queue.reservations.get(requestId);
  if (reservation?.session !== undefined) return reservation.heardAtMs;
  if (reservation !== undefined || departure === undefined) return sinceMs;
  return departure.atMs;
}

function close(queue: TenantQueue, { requestId, outputTokens }: ClaimBill, turn: Turn): void {
  const reservation = queue.reservations.get(requestId);
  if (reservation !== undefined) {
    noteDelivered(reservation, outputTokens);
    settle(queue, reservation, { why: "billed-by-worker", turn });
  }
  giveUnclaimedBack(queue, requestId, { outputTokens, turn });
  const departure = recall(queue.departed, requestId, turn.nowMs);
  // Its session has been told already that it is over.
  if (departure?.kind !== "refused") {
    const { takenOverBy = turn.from } = departure ?? {};
    remember(queue.departed, requestId, {
      kind: "settled",
      atMs: turn.nowMs,
      takenOverBy,
      billGivenTo: turn.from,
      ...whereItRan(departure),
    });
  }
  offerWhatFits(queue, turn);
}
