// The takeover of a tenant: announce the epoch, collect for at most a second, restore what was admitted, then
// admit. An edge that stays silent makes the rate windows count as full until it answers or a minute is over.

import type { Address } from "#shared/actor/actor.ts";
import { arm, disarm, note } from "#shared/actor/actor.ts";
import {
  coordinationAddress,
  edgeOfSession,
  routerAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type {
  Cancel,
  EdgeHolds,
  EdgesChanged,
  EscrowExchanged,
  Finished,
  HeldSequence,
  QueueEnded,
  RouterDropped,
  Submit,
  TenantQueuePlaced,
  WorkerHoldsSequences,
} from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { EdgeId, PoolId } from "#shared/model/ids.ts";
import type { Collection, KeptSubmit } from "./collection.ts";
import {
  forget,
  isComplete,
  keepEnded,
  keepHeld,
  keepSubmit,
  noteHeard,
  silentEdges,
  startCollection,
  submitsByAge,
} from "./collection.ts";
import { recall, remember } from "./departed.ts";
import { learnEnded, learnFinished, rememberNamed } from "./named-requests.ts";
import { offerWhatFits } from "./offering.ts";
import { hearEnded, markRunning } from "./placing.ts";
import { takeExchanged, tend } from "./quota.ts";
import { tellAlerts } from "./quota-alerts.ts";
import type { Reservation } from "./reservation.ts";
import { noteExecuted, reservationOf } from "./reservation.ts";
import { restore } from "./sliding-window.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { awaitEdge, excuseEdge, excuseOverdue, noteRegistrations } from "./registered-edges.ts";
import { askEdge, meetEdge, silentStrangers, welcomeStranger } from "./strangers.ts";
import { answerSettled, takeSubmit } from "./submitting.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { emptyTenantQueue, tenureOf } from "./tenant-queue.ts";

const askAgainMs = 250;
const askSilentEdgesMs = 1000;
const collectAtMostMs = 1000;
/** A session that lives has claimed by then what runs for it; one that was cut off runs its next attempt. */
const unclaimedMs = 30_000;

export function hearPlaced(queue: TenantQueue, placed: TenantQueuePlaced, turn: Turn): void {
  const { shard, shardEpoch } = placed;
  const policy = standingPolicy(placed.policy);
  if (queue.tenure !== undefined && shardEpoch <= queue.tenure.shardEpoch) {
    turn.effects.push(
      note("queue.dropped", { what: "placed", why: "epoch-not-higher", shardEpoch }),
    );
    return;
  }
  // Whatever an earlier tenure knew may be stale: everything is collected anew.
  Object.assign(queue, emptyTenantQueue(queue.self));
  const [, process = ""] = turn.from.split("/");
  const coordination = coordinationAddress(process);
  queue.tenure = { shard, shardEpoch, policy, coordination, sinceMs: turn.nowMs };
  queue.collection = startCollection(placed, turn.nowMs);
  turn.effects.push(
    note("queue.collecting", {
      tenant: policy.tenant,
      shardEpoch,
      edges: placed.edges.length,
      workers: placed.workers.length,
      pools: placed.pools.length,
    }),
    arm("collected", turn.nowMs + collectAtMostMs, { kind: "timer-fired", name: "collected" }),
  );
  askSilent(queue, turn);
  finishIfComplete(queue, turn);
}

/** Asks everyone who has not answered. */
export function askSilent(queue: TenantQueue, turn: Turn): void {
  const { collection } = queue;
  if (collection === undefined) return askEdgesAgain(queue, turn);
  const { shard, shardEpoch, policy } = tenureOf(queue);
  const { tenant } = policy;
  for (const edge of silentEdges(collection)) askEdge(queue, edge, turn);
  for (const worker of collection.silentWorkers) {
    turn.effects.push(
      toWorker(workerAddress(worker), { kind: "collect-sequences", tenant, shard, shardEpoch }),
    );
  }
  for (const pool of collection.silentPools) askRouter(queue, pool, turn);
  askAgainIn(askAgainMs, turn);
}

/** Where both were handed over at once, the router may have been asked before it was there. */
export function askIfSilent(queue: TenantQueue, pool: PoolId, turn: Turn): void {
  if (queue.collection?.silentPools.has(pool) === true) askRouter(queue, pool, turn);
}

function askRouter(queue: TenantQueue, pool: PoolId, { effects }: Turn): void {
  const { shard, shardEpoch, policy } = tenureOf(queue);
  const { tenant } = policy;
  effects.push(
    toRouter(routerAddress(pool), { kind: "collect-offers", tenant, shard, shardEpoch }),
  );
}

/** After the collection: only edges, for what they admitted. */
function askEdgesAgain(queue: TenantQueue, turn: Turn): void {
  for (const [edge, { kept }] of silentStrangers(queue, turn.nowMs)) {
    queue.strangers.delete(edge);
    awaitEdge(queue, edge, { goneAtMs: undefined, nowMs: turn.nowMs });
    submitAllKept(queue, [...kept.values()], turn);
  }
  excuseOverdue(queue, turn.nowMs);
  for (const edge of [...queue.edgesSilent.keys(), ...queue.strangers.keys()])
    askEdge(queue, edge, turn);
  if (queue.strangers.size > 0) askAgainIn(askAgainMs, turn);
  else if (queue.edgesSilent.size > 0) askAgainIn(askSilentEdgesMs, turn);
}

const askAgainIn = (ms: number, { nowMs, effects }: Turn): void => {
  effects.push(arm("collect", nowMs + ms, { kind: "timer-fired", name: "collect" }));
};

/** After the collection one that is new or back is asked when it first speaks. */
export function hearEdgesChanged(queue: TenantQueue, { edges }: EdgesChanged, turn: Turn): void {
  noteRegistrations(queue, edges, turn.nowMs);
  if (queue.collection !== undefined) askSilent(queue, turn);
}

/** Whoever speaks for an edge that was not asked at the takeover: it is asked now. */
export function meet(queue: TenantQueue, edge: EdgeId, turn: Turn): void {
  if (meetEdge(queue, edge, turn)) askAgainIn(askAgainMs, turn);
}

export function keepForLater(
  queue: TenantQueue,
  collection: Collection,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): void {
  const { requestId } = submit;
  const departure = recall(queue.departed, requestId, turn.nowMs);
  if (departure?.kind === "settled") return answerSettled(departure, submit, turn);
  // One that opened after its edge had answered is none of those that the edge has counted.
  if (submit.shardEpoch === tenureOf(queue).shardEpoch) {
    noteHeard(collection, edgeOfSession(turn.from), requestId);
  }
  const kept = { session: turn.from, submit, arrivedAtMs: turn.nowMs };
  if (!keepSubmit(collection, kept)) {
    turn.effects.push(note("queue.dropped", { what: "submit", why: "too-many-kept", requestId }));
  }
  finishIfComplete(queue, turn);
}

export function keepEndForLater(collection: Collection, ended: QueueEnded, turn: Turn): void {
  const { requestId, attempt } = ended;
  keepEnded(collection, ended);
  turn.effects.push(
    toWorker(turn.from, { kind: "end-noted", by: "tenant-queue", requestId, attempt }),
  );
}

/** A session that ends while the shard is between owners: nothing is restored for it. */
export function settleCollected(
  queue: TenantQueue,
  collection: Collection,
  { message, turn }: { readonly message: Finished | Cancel; readonly turn: Turn },
): void {
  const { requestId } = message;
  if (message.kind === "cancel" && message.isOwn === true) {
    if (collection.submits.get(requestId)?.session === turn.from) forget(collection, requestId);
    if (message.named !== undefined) learnEnded(queue.named, [message.named], turn.nowMs);
    turn.effects.push(toSession(turn.from, { kind: "settled", requestId }));
    return;
  }
  if (message.kind === "finished") learnFinished(queue.named, message, turn.nowMs);
  noteHeard(collection, edgeOfSession(turn.from), requestId);
  const kept = collection.submits.get(requestId);
  if (kept?.submit.takesOver === true && kept.session !== turn.from) {
    turn.effects.push(toSession(turn.from, { kind: "settled", requestId, isTakenOver: true }));
    finishIfComplete(queue, turn);
    return;
  }
  forget(collection, requestId);
  remember(queue.departed, requestId, {
    kind: "settled",
    atMs: turn.nowMs,
    takenOverBy: turn.from,
  });
  turn.effects.push(toSession(turn.from, { kind: "settled", requestId }));
  finishIfComplete(queue, turn);
}

export function hearEdgeHolds(queue: TenantQueue, holds: EdgeHolds, turn: Turn): void {
  const { edge, shardEpoch, sessions, admissions, ended = [] } = holds;
  if (!isOfTenure(queue, shardEpoch, { what: "edge-holds", turn })) return;
  if (!queue.edgesHeard.has(edge)) {
    queue.edgesHeard.add(edge);
    for (const admission of admissions) restore(queue.window, admission, turn.nowMs);
    learnEnded(queue.named, ended, turn.nowMs);
  }
  const kept = welcomeStranger(queue, edge);
  excuseEdge(queue, edge);
  const answer = queue.collection?.edges.get(edge);
  if (answer !== undefined) answer.sessions = sessions;
  finishIfComplete(queue, turn);
  submitAllKept(queue, kept, turn);
  const isWaiting = queue.edgesSilent.size > 0 || queue.strangers.size > 0;
  if (queue.collection === undefined && !isWaiting) turn.effects.push(disarm("collect"));
}

function submitAllKept(queue: TenantQueue, kept: readonly KeptSubmit[], turn: Turn): void {
  for (const each of kept) submitKept(queue, each, turn);
  if (kept.length > 0) offerWhatFits(queue, turn);
}

export function hearWorkerHolds(queue: TenantQueue, holds: WorkerHoldsSequences, turn: Turn): void {
  const { worker, shardEpoch, sequences } = holds;
  if (!isOfTenure(queue, shardEpoch, { what: "worker-holds-sequences", turn })) return;
  const { collection } = queue;
  if (collection === undefined) {
    for (const sequence of sequences) adopt(queue, sequence, turn);
    offerWhatFits(queue, turn);
    return;
  }
  collection.silentWorkers.delete(worker);
  keepHeld(
    collection,
    sequences.filter(
      ({ requestId }) => recall(queue.departed, requestId, turn.nowMs) === undefined,
    ),
  );
  finishIfComplete(queue, turn);
}

export function hearRouterDropped(queue: TenantQueue, dropped: RouterDropped, turn: Turn): void {
  const { pool, shardEpoch } = dropped;
  if (!isOfTenure(queue, shardEpoch, { what: "router-dropped", turn })) return;
  queue.collection?.silentPools.delete(pool);
  finishIfComplete(queue, turn);
}

export function finishCollection(queue: TenantQueue, turn: Turn): void {
  const { collection } = queue;
  if (collection === undefined) return;
  queue.collection = undefined;
  turn.effects.push(disarm("collected"));
  for (const edge of silentEdges(collection)) {
    const goneAtMs = collection.edges.get(edge)?.goneAtMs;
    awaitEdge(queue, edge, { goneAtMs, nowMs: turn.nowMs });
  }
  excuseOverdue(queue, turn.nowMs);
  if (queue.edgesSilent.size === 0) turn.effects.push(disarm("collect"));
  const kept = submitsByAge(collection);
  // What was admitted before comes first, whatever its age: it holds its place already.
  for (const again of kept.filter(({ submit }) => submit.admitted)) submitKept(queue, again, turn);
  for (const sequence of collection.held.values()) adopt(queue, sequence, turn);
  for (const fresh of kept.filter(({ submit }) => !submit.admitted)) submitKept(queue, fresh, turn);
  for (const ended of collection.ended.values()) {
    hearEnded(queue, ended, { ...turn, from: workerAddress(ended.worker) });
  }
  turn.effects.push(
    note("queue.collected", {
      tenant: tenureOf(queue).policy.tenant,
      shardEpoch: tenureOf(queue).shardEpoch,
      tookMs: turn.nowMs - collection.startedAtMs,
      restored: queue.reservations.size,
      slots: queue.slots,
      silentEdges: queue.edgesSilent.size,
      silentWorkers: collection.silentWorkers.size,
      silentPools: collection.silentPools.size,
    }),
  );
  offerWhatFits(queue, turn);
}

function finishIfComplete(queue: TenantQueue, turn: Turn): void {
  if (queue.collection !== undefined && isComplete(queue.collection)) finishCollection(queue, turn);
}

/** What waited for the tenant's escrow is judged again: by what it has granted. */
export function hearEscrow(queue: TenantQueue, answer: EscrowExchanged, turn: Turn): void {
  if (!takeExchanged(queue, answer, turn.nowMs)) return;
  const { kept } = queue.quota;
  const waiting = [...kept.values()].map((each) => each.kept);
  kept.clear();
  submitAllKept(queue, waiting, turn);
  tellAlerts(queue, turn);
  tend(queue, turn);
}

/** As it would have been heard, had the queue been ready; durations run from when it arrived. */
function submitKept(queue: TenantQueue, kept: KeptSubmit, turn: Turn): void {
  const { session, submit, arrivedAtMs } = kept;
  const keptForMs = turn.nowMs - arrivedAtMs;
  meet(queue, edgeOfSession(session), turn);
  takeSubmit(
    queue,
    {
      ...submit,
      ageMs: submit.ageMs + keptForMs,
      remainingMs: submit.remainingMs - keptForMs,
    },
    { ...turn, from: session },
  );
}

/** A worker runs it: whether or not a session has claimed it, it holds a slot. */
function adopt(queue: TenantQueue, sequence: HeldSequence, turn: Turn): void {
  const { requestId, attempt, totals } = sequence;
  if (recall(queue.departed, requestId, turn.nowMs)?.kind === "settled") return;
  const known = queue.reservations.get(requestId);
  const reservation = known ?? unclaimed(queue, sequence, turn);
  const isBehind = attempt > reservation.attempt;
  if (isBehind) {
    reservation.attempt = attempt;
    reservation.forcedTokens = reservation.deliveredTokens;
    reservation.grant = undefined;
  }
  noteExecuted(reservation, attempt, totals);
  reservation.begunAttempt = Math.max(reservation.begunAttempt, attempt);
  reservation.progressAtMs = turn.nowMs;
  if (attempt !== reservation.attempt || (reservation.place === "over" && !isBehind)) return;
  markRunning(queue, reservation);
}

/** Its tokens were booked by the earlier owner, nobody knows when: they leave the window by themselves. */
function unclaimed(queue: TenantQueue, sequence: HeldSequence, turn: Turn): Reservation {
  const { requestId, attempt, pool, adapterDigest, promptTokens, outputTokensMax, idempotency } =
    sequence;
  const submit: Submit = {
    kind: "submit",
    requestId,
    attempt,
    pool,
    adapterDigest,
    prefixKeys: [],
    promptTokens,
    outputTokensMax,
    deliveredTokens: 0,
    admitted: true,
    ageMs: 0,
    remainingMs: unclaimedMs,
    ...(idempotency === undefined ? {} : { idempotency }),
  };
  rememberNamed(queue.named, submit, turn.nowMs);
  const nobody = "" as Address;
  const charge = { step: 0, tokens: 0, isRestored: true };
  const position = queue.nextPosition++;
  const reservation = reservationOf(submit, nobody, { charge, position, nowMs: turn.nowMs });
  reservation.session = undefined;
  queue.reservations.set(requestId, reservation);
  return reservation;
}

function isOfTenure(
  queue: TenantQueue,
  shardEpoch: number,
  { what, turn }: { readonly what: string; readonly turn: Turn },
): boolean {
  if (shardEpoch === tenureOf(queue).shardEpoch) return true;
  turn.effects.push(note("queue.dropped", { what, why: "other-shard-epoch", shardEpoch }));
  return false;
}
