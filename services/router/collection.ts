// Taking a pool over: ask every worker what runs there, and grant nothing before they answered or a second is
// over; one that stays silent gets no grant until it has. Law: a sequence that runs keeps its place, its blocks and
// its pin, and brings its tenant no credit.

import { arm, note } from "#shared/actor/actor.ts";
import { toAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { HeldSequence } from "#shared/messages/held-sequence.ts";
import type { PoolWorker } from "#shared/messages/pool-members.ts";
import type { PinsKept, RouterPlaced, WorkerHoldsPool } from "#shared/messages/to-router.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { attemptKey, baseModel } from "#shared/model/ids.ts";
import { startVoid } from "./close-placement.ts";
import { dispatch } from "./dispatch.ts";
import { breakerOf } from "./eject-worker.ts";
import { tellGranted } from "./grant.ts";
import { removeOffer } from "./park.ts";
import type { Placement } from "./placement.ts";
import { alwaysReported, needAdapter } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { accountOf, drop, refreshOpen } from "./pool-state.ts";
import { executedCost } from "./executed-cost.ts";
import { hearCounters, restoreCounters } from "./virtual-counters.ts";
import type { WorkerView } from "./worker-view.ts";
import { workerView } from "./worker-view.ts";

const askAgainMs = 250;
const collectMsMax = 1000;
/** `keep-pins` is said so often at each tick, and then, until it is answered, so long after the last time. */
const keepPinsTimes = 3;
const keepPinsAgainMs = 2000;

export function beginCollection(state: PoolState, placed: RouterPlaced, turn: Turn): void {
  const { pool, poolEpoch } = state;
  for (const tenant of placed.tenants) {
    turn.effects.push(
      toTenantQueue(tenantQueueAddress(tenant), { kind: "pool-owner-changed", pool, poolEpoch }),
    );
  }
  for (const member of placed.workers) welcome(state, member, turn);
  if (state.collecting?.size === 0) return finishCollection(state, turn);
  turn.effects.push(
    arm("collect", turn.nowMs + askAgainMs, { kind: "timer-fired", name: "collect" }),
    arm("collected", turn.nowMs + collectMsMax, { kind: "timer-fired", name: "collected" }),
  );
}

/** A worker that was not known, or not in this life. */
export function welcome(state: PoolState, member: PoolWorker, turn: Turn): void {
  const view = workerView(member, breakerOf(state, member.worker));
  view.heardMs = turn.nowMs;
  state.workers.set(member.worker, view);
  state.adapters.membersChanged();
  state.collecting?.add(member.worker);
  askWhatItHolds(state, view, turn);
}

export function askWhatItHolds(state: PoolState, view: WorkerView, turn: Turn): void {
  const { pool, poolEpoch } = state;
  turn.effects.push(toWorker(view.address, { kind: "collect-pool", pool, poolEpoch }));
}

export function collectAgain(state: PoolState, turn: Turn): void {
  if (state.collecting === undefined) return;
  for (const worker of state.collecting) {
    const view = state.workers.get(worker);
    if (view !== undefined) askWhatItHolds(state, view, turn);
  }
  turn.effects.push(
    arm("collect", turn.nowMs + askAgainMs, { kind: "timer-fired", name: "collect" }),
  );
}

export function finishCollection(state: PoolState, turn: Turn): void {
  if (state.collecting === undefined) return;
  const silent = state.collecting.size;
  state.collecting = undefined;
  turn.effects.push(note("router.collected-pool", { pool: state.pool, silent }));
  restoreCounters(state, turn);
  dispatch(state, turn);
}

/** No longer waited for: it answered, or it is gone. */
export function stopWaitingFor(state: PoolState, worker: WorkerId, turn: Turn): void {
  if (state.collecting === undefined) return;
  state.collecting.delete(worker);
  if (state.collecting.size === 0) finishCollection(state, turn);
}

export function holdsPool(state: PoolState, message: WorkerHoldsPool, turn: Turn): void {
  const { worker, incarnation, poolEpoch } = message;
  const view = state.workers.get(worker);
  if (poolEpoch !== state.poolEpoch || view?.incarnation !== incarnation) {
    return drop(turn, "stale-holdings", { worker, incarnation, poolEpoch });
  }
  if (view.isCollected) return;
  view.isCollected = true;
  view.heardMs = turn.nowMs;
  for (const sequence of message.sequences) adopt(state, view, sequence, turn);
  view.overUncollected.clear();
  hearCounters(state, message.counters);
  state.keepPins.set(worker, keepPinsTimes);
  sayKeepPins(state, view, turn);
  refreshOpen(state, view);
  stopWaitingFor(state, worker, turn);
  dispatch(state, turn);
}

function adopt(state: PoolState, view: WorkerView, held: HeldSequence, turn: Turn): void {
  const { requestId, attempt, tenant, weight } = held;
  if (view.overUncollected.has(attemptKey(requestId, attempt))) return;
  if (state.placements.find(requestId, attempt) !== undefined) return;
  const waiting = state.offers.get(requestId);
  const band = waiting?.offer.band ?? held.band ?? 0;
  const account = accountOf(state, tenant, { band, weight });
  if (account === undefined) return drop(turn, "too-many-tenants", { requestId, tenant });
  const executed = executedCost({ totals: held.totals, adapterLoads: 0 }, state.costWeights);
  const placement: Placement = {
    ...foundRunning(held, turn.nowMs),
    shardEpoch: waiting?.offer.shardEpoch ?? 0,
    account,
    charge: state.policy.adopt(account, executed, weight),
    view,
  };
  view.heldSequences += 1;
  needAdapter(placement);
  view.owedPrefillTokens += placement.owedPrefillTokens;
  state.placements.add(placement);
  turn.effects.push(note("router.adopted", { requestId, attempt, tenant, worker: view.worker }));
  if (waiting === undefined) return;
  if (waiting.offer.attempt > attempt) return startVoid(state, placement, "superseded", turn);
  removeOffer(state, waiting);
  if (waiting.offer.attempt === attempt) tellGranted(state, placement, turn);
}

type Found = Omit<Placement, "shardEpoch" | "account" | "charge" | "view">;

/** Older workers say neither blocks nor prompt. */
const foundRunning = (held: HeldSequence, nowMs: number): Found => ({
  number: 0,
  preemptions: held.attempt - 1,
  suspicion: undefined,
  isAlone: false,
  computedTokens: 0,
  requestId: held.requestId,
  attempt: held.attempt,
  tenant: held.tenant,
  session: held.session,
  weight: held.weight,
  adapterDigest: held.adapterDigest,
  blocks: held.blocks ?? 0,
  promptTokens: held.promptTokens ?? 0,
  cachedTokens: 0,
  owedPrefillTokens: owedPrefill(held),
  prefixKeys: [],
  state: "running",
  sinceMs: nowMs,
  retryAtMs: 0,
  waiting: undefined,
  isBooked: true,
  isPinned: held.adapterDigest !== baseModel,
  startedAtSeq: alwaysReported,
  totals: held.totals,
  adapterLoads: 0,
  pickedMs: nowMs,
  offeredMs: -1,
  startedMs: -1,
  isFirstTokenOut: true,
  allowance: undefined,
  older: undefined,
});

/** With its first token it owes nothing. */
const owedPrefill = ({ promptTokens = 0, totals }: HeldSequence): number =>
  totals.outputTokens > 0
    ? 0
    : Math.max(0, promptTokens - totals.prefillTokens - totals.cachedTokens);

/** The pins that this router stands by on that worker; all of earlier epochs are void. */
export function sayKeepPins(state: PoolState, view: WorkerView, turn: Turn): void {
  const times = state.keepPins.get(view.worker) ?? 0;
  if (times <= 1) state.keepPins.delete(view.worker);
  else state.keepPins.set(view.worker, times - 1);
  state.pinsUnanswered.set(view.worker, turn.nowMs);
  const held = state.placements
    .all()
    .filter((placement) => placement.view === view && holdsPin(placement))
    .map(({ requestId, attempt, adapterDigest }) => ({
      requestId,
      attempt,
      digest: adapterDigest,
    }));
  const { pool, poolEpoch } = state;
  turn.effects.push(
    toAdapterCache(view.cache, { kind: "keep-pins", worker: view.worker, pool, poolEpoch, held }),
  );
}

/** Its worker has spoken: on its host somebody hears. */
export function keepPinsAgain(state: PoolState, view: WorkerView, turn: Turn): void {
  const saidMs = state.pinsUnanswered.get(view.worker);
  if (saidMs === undefined || turn.nowMs - saidMs < keepPinsAgainMs) return;
  sayKeepPins(state, view, turn);
}

export function pinsKept(state: PoolState, { worker, poolEpoch }: PinsKept): void {
  if (poolEpoch !== state.poolEpoch) return;
  state.keepPins.delete(worker);
  state.pinsUnanswered.delete(worker);
}

/** A pin still asked for may be refused, one given up may be gone: naming it would bring it back for good. */
const holdsPin = ({ isPinned, state }: Placement): boolean =>
  isPinned && state !== "pinning" && state !== "closing";
