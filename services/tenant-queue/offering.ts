// Which of the tenant's waiting requests are out at the routers: a small window per pool, so that a router has a
// choice, and never more than the tenant's concurrency could take at once.

import { arm, note } from "#shared/actor/actor.ts";
import { routerAddress } from "#shared/messages/addresses.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { costOf } from "#shared/model/cost.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import { predictOutput } from "./output-prediction.ts";
import { weightNow } from "./quota-standing.ts";
import type { Reservation, StampedOffer } from "./reservation.ts";
import type { Lane, TenantQueue, Turn } from "./tenant-queue.ts";
import { laneOf, moveTo, tenureOf } from "./tenant-queue.ts";
import { keepLeadOnly, rewind, stamp } from "./virtual-time.ts";
import type { Waiting } from "./waiting-list.ts";
import { comesBefore, firstWaiting } from "./waiting-list.ts";

const offersPerPoolMax = 4;
const repeatAfterMs = 2000;
/** Offers that fall due this close together are repeated together. */
const repeatTogetherMs = 50;

/** Fills the windows; called after everything that frees or adds. */
export function offerWhatFits(queue: TenantQueue, turn: Turn): void {
  if (queue.collection !== undefined) return;
  for (;;) {
    const first = nextToOffer(queue);
    if (first === undefined) break;
    offer(queue, first, turn);
  }
  armReoffer(queue, turn);
}

/** The timer: repeats what the routers have not granted for 2 s. */
export function reofferDue(queue: TenantQueue, turn: Turn): void {
  queue.isReofferArmed = false;
  for (const lane of queue.lanes.values()) {
    const due = [...lane.offered.values()].filter(
      ({ offer }) =>
        offer !== undefined && offer.sentAtMs + repeatAfterMs <= turn.nowMs + repeatTogetherMs,
    );
    if (due.length > 0) restampOffers(queue, lane);
    for (const reservation of due) sendOffer(queue, reservation, turn);
  }
  armReoffer(queue, turn);
}

/** False: the message is from an owner of the pool that has been replaced. A higher epoch: offer again, at once. */
export function acceptPoolEpoch(
  queue: TenantQueue,
  lane: Lane,
  { poolEpoch, turn }: { readonly poolEpoch: number; readonly turn: Turn },
): boolean {
  if (poolEpoch < lane.poolEpoch) return false;
  if (poolEpoch === lane.poolEpoch) return true;
  const isChange = lane.poolEpoch > 0;
  lane.poolEpoch = poolEpoch;
  if (isChange) reofferAll(queue, lane, turn);
  return true;
}

/** To an owner of the pool that knows nothing yet. */
export function reofferAll(queue: TenantQueue, lane: Lane, turn: Turn): void {
  keepLeadOnly(lane.time);
  restampOffers(queue, lane);
  for (const reservation of inOrder(lane)) sendOffer(queue, reservation, turn);
}

/** The tags still out follow, in the tenant's order, from what the router has charged; no offer taken back counts. */
function restampOffers(queue: TenantQueue, lane: Lane): void {
  const weight = weightNow(queue);
  rewind(lane.time);
  for (const { offer } of inOrder(lane)) {
    if (offer === undefined) continue;
    const tags = stamp(lane.time, offer.cost, weight);
    offer.startTag = tags.startTag;
    offer.finishTag = tags.finishTag;
  }
}

/** The standing attempt is no longer wanted at the router, offered or granted. */
export function withdraw(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { requestId, attempt, pool } = reservation;
  const { shardEpoch } = tenureOf(queue);
  turn.effects.push(
    toRouter(routerAddress(pool), { kind: "withdraw", requestId, attempt, shardEpoch }),
  );
}

const inOrder = ({ offered }: Lane): Reservation[] =>
  [...offered.values()].sort((a, b) => (comesBefore(a, b) ? -1 : 1));

/** Retries first; then the pool with the fewest offers out, so that a pool without capacity does not use up the room; then by admission. */
function nextToOffer(queue: TenantQueue): Reservation | undefined {
  let best: { readonly lane: Lane; readonly entry: Waiting } | undefined;
  for (const lane of queue.lanes.values()) {
    const entry = firstWaiting(lane.waiting);
    if (entry === undefined || !hasRoom(queue, lane, entry)) continue;
    if (best === undefined || goesFirst({ lane, entry }, best)) best = { lane, entry };
  }
  return best === undefined ? undefined : queue.reservations.get(best.entry.requestId);
}

interface Candidate {
  readonly lane: Lane;
  readonly entry: Waiting;
}

function goesFirst(a: Candidate, b: Candidate): boolean {
  if (a.entry.rank !== b.entry.rank) return a.entry.rank < b.entry.rank;
  const difference = a.lane.firstAttemptsOffered - b.lane.firstAttemptsOffered;
  return difference === 0 ? a.entry.position < b.entry.position : difference < 0;
}

function hasRoom(queue: TenantQueue, lane: Lane, { rank }: Waiting): boolean {
  if (rank === 0) return true;
  const { concurrencyMax } = tenureOf(queue).policy.limits;
  if (queue.slots + queue.offeredWithoutSlot >= concurrencyMax) return false;
  return rank === 1 || lane.firstAttemptsOffered < offersPerPoolMax;
}

function offer(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { requestId, attempt, pool, position } = reservation;
  const lane = laneOf(queue, pool);
  const { policy } = tenureOf(queue);
  const predicted = predictWork(queue, reservation);
  restampOffers(queue, lane);
  const tags = stamp(lane.time, predicted.cost, weightNow(queue));
  reservation.offer = { ...predicted, ...tags, sentAtMs: turn.nowMs };
  moveTo(queue, reservation, "offered");
  sendOffer(queue, reservation, turn);
  const { tenant } = policy;
  turn.effects.push(note("queue.offered", { requestId, tenant, pool, attempt, position, ...tags }));
}

function predictWork(
  queue: TenantQueue,
  reservation: Reservation,
): Pick<StampedOffer, "cost" | "outputTokensPredicted"> {
  const { promptTokens, outputTokensMax, deliveredTokens } = reservation;
  const predicted = Math.min(predictOutput(queue.predictions, reservation), outputTokensMax);
  const outputTokensPredicted = Math.max(1, predicted - deliveredTokens);
  const outputTokens = outputTokensPredicted;
  const nothingElse = { cachedTokens: 0, kvBlockMs: 0, adapterLoads: 0 };
  // What it computed before it was charged for: to compute it again is not its doing.
  const uncomputedTokens = Math.max(0, promptTokens - reservation.computedTokens);
  const cost = costOf({ ...nothingElse, promptTokens: uncomputedTokens, outputTokens });
  return { cost, outputTokensPredicted };
}

function sendOffer(queue: TenantQueue, reservation: Reservation, turn: Turn): void {
  const { offer, session } = reservation;
  if (offer === undefined || session === undefined) return;
  const { offered, pool } = laneOf(queue, reservation.pool);
  offer.sentAtMs = turn.nowMs;
  // To the end of the line of what is repeated next.
  offered.delete(reservation.requestId);
  offered.set(reservation.requestId, reservation);
  turn.effects.push(
    toRouter(routerAddress(pool), offerMessage(queue, reservation, { offer, session })),
  );
}

function offerMessage(
  queue: TenantQueue,
  reservation: Reservation,
  { offer, session }: { offer: StampedOffer; session: Offer["session"] },
): Offer {
  const { shard, shardEpoch, policy } = tenureOf(queue);
  const promptTokens = reservation.promptTokens + reservation.deliveredTokens;
  return {
    kind: "offer",
    requestId: reservation.requestId,
    attempt: reservation.attempt,
    tenant: policy.tenant,
    shard,
    shardEpoch,
    session,
    position: reservation.position,
    weight: weightNow(queue),
    band: policy.band,
    ...termsOffered(policy),
    ...(reservation.allowance === undefined ? {} : { allowance: reservation.allowance }),
    startTag: offer.startTag,
    finishTag: offer.finishTag,
    cost: offer.cost,
    // A retry computes its forced prefix with the prompt, and both need KV blocks.
    promptTokens,
    ...earlierAttempts(reservation, promptTokens),
    outputTokensPredicted: offer.outputTokensPredicted,
    outputTokensMax: Math.max(1, reservation.outputTokensMax - reservation.deliveredTokens),
    adapterDigest: reservation.adapterDigest,
    prefixKeys: reservation.prefixKeys,
    waitedMs: Math.max(0, offer.sentAtMs - reservation.openedAtMs),
  };
}

/** What they have done to it, and for it. */
function earlierAttempts(
  { preemptions, computedTokens, suspicion }: Reservation,
  promptTokens: number,
): Pick<Offer, "preemptions" | "computedTokens" | "suspicion"> {
  return {
    ...(suspicion === undefined ? {} : { suspicion }),
    ...(preemptions === 0 ? {} : { preemptions }),
    ...(computedTokens === 0 ? {} : { computedTokens: Math.min(computedTokens, promptTokens) }),
  };
}

/** What of its terms the router and the accountant keep to. */
function termsOffered({
  mayPreempt,
  bandFloorPercent,
  kvBudget,
  residency,
}: TenantPolicy): Partial<Offer> {
  return {
    ...(mayPreempt === undefined ? {} : { mayPreempt }),
    ...(bandFloorPercent === undefined ? {} : { bandFloorPercent }),
    ...(kvBudget === undefined
      ? {}
      : { kvGuaranteedTokens: kvBudget.guaranteedTokens, kvBurstTokens: kvBudget.burstTokens }),
    ...(residency === undefined ? {} : { residency }),
  };
}

function armReoffer(queue: TenantQueue, turn: Turn): void {
  if (queue.isReofferArmed) return;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const lane of queue.lanes.values()) {
    const oldest = lane.offered.values().next();
    if (oldest.done === true || oldest.value.offer === undefined) continue;
    oldestMs = Math.min(oldestMs, oldest.value.offer.sentAtMs);
  }
  if (oldestMs === Number.POSITIVE_INFINITY) return;
  queue.isReofferArmed = true;
  turn.effects.push(
    arm("reoffer", oldestMs + repeatAfterMs, { kind: "timer-fired", name: "reoffer" }),
  );
}
