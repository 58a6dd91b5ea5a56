// From a pick to a grant: the answers of the adapter cache and the KV accountant, and what they do to the place
// that asked. An answer nobody waits for gives back what it gives.

import { note } from "#shared/actor/actor.ts";
import { toAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { toSession } from "#shared/messages/to-session.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type {
  Pinned,
  PinRefused,
  Released,
  Reserved,
  ReserveRefused,
  Unpinned,
} from "#shared/messages/to-router.ts";
import { adapterFailed, adapterLoaded, isBroken } from "./adapter-breaker.ts";
import { close, endAttempt, fallThrough, leaveIfEmpty } from "./close-placement.ts";
import { charge } from "./executed-cost.ts";
import { endBudgetHold, holdForBudget } from "./budget-hold.ts";
import { dispatch } from "./dispatch.ts";
import type { Placement } from "./placement.ts";
import { moveTo, occupyBlocks } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { drop, refreshOpen } from "./pool-state.ts";
import { ask } from "./questions.ts";
import { reclaim } from "./reclaim.ts";
import { takeBookable } from "./worker-view.ts";

const slotAgainMs = 500;
const adapterFailuresMax = 3;

export function pinned(state: PoolState, message: Pinned, turn: Turn): void {
  const { requestId, attempt } = message;
  const placement = state.placements.find(requestId, attempt);
  if (placement === undefined || !isAnswerTo(placement, message)) {
    return giveStrayPinBack(state, message, turn);
  }
  if (placement.state !== "pinning") return;
  adapterLoaded(state.breakers, placement.adapterDigest);
  state.adapters.loaded(placement.adapterDigest, placement.view, message);
  if (message.loaded === true) {
    placement.adapterLoads = 1;
    charge(state, placement, 0);
  }
  moveTo(placement, "reserving", turn.nowMs);
  occupyBlocks(placement);
  ask(state, placement, turn);
}

/** An attempt may be placed again where it was refused: answers of its earlier places are told by their number. */
const isAnswerTo = (
  { view, number }: Placement,
  { worker, place }: Pick<Pinned, "worker" | "place">,
): boolean => view.worker === worker && (place === undefined || place === number);

/** Nobody else would: the place that asked for it is gone. */
function giveStrayPinBack(
  { pool, poolEpoch }: PoolState,
  { requestId, attempt, worker, place }: Pinned,
  turn: Turn,
): void {
  drop(turn, "pin-of-nobody", { requestId, attempt, worker });
  const named = place === undefined ? {} : { place };
  turn.effects.push(
    toAdapterCache(turn.from, { kind: "unpin", requestId, attempt, pool, poolEpoch, ...named }),
  );
}

export function pinRefused(state: PoolState, message: PinRefused, turn: Turn): void {
  const { requestId, attempt, worker, reason } = message;
  const placement = state.placements.find(requestId, attempt);
  if (placement?.state !== "pinning" || !isAnswerTo(placement, message)) {
    return drop(turn, "refusal-of-nobody", { requestId, attempt, worker });
  }
  turn.effects.push(
    note("router.pin-refused", { requestId, attempt, tenant: placement.tenant, worker, reason }),
  );
  placement.isPinned = false;
  if (reason === "no-slot" || reason === "unknown-worker") {
    const { view, adapterDigest } = placement;
    view.slotBlockedUntilMs = turn.nowMs + slotAgainMs;
    // Its cache knows better: else it would be asked again at once, and again.
    view.residents = view.residents.filter((digest) => digest !== adapterDigest);
    fallThrough(state, placement, turn);
  } else {
    adapterDidNotLoad(state, placement, turn);
  }
  dispatch(state, turn);
}

/** Three failures end the attempt, and a canary's only one, so that a request with a broken adapter does not wait for ever. */
export function adapterDidNotLoad(state: PoolState, placement: Placement, turn: Turn): void {
  const wasBroken = isBroken(state.breakers, placement.adapterDigest);
  adapterFailed(state.breakers, placement.adapterDigest, turn.nowMs);
  const failures = (placement.waiting?.adapterFailures ?? 0) + 1;
  if (placement.waiting !== undefined) placement.waiting.adapterFailures = failures;
  if (!wasBroken && failures < adapterFailuresMax) return fallThrough(state, placement, turn);
  endAttempt(state, placement, "adapter-failed", turn);
  close(state, placement, turn);
}

export function reserved(state: PoolState, message: Reserved, turn: Turn): void {
  const { requestId, attempt, worker } = message;
  const placement = state.placements.find(requestId, attempt);
  if (placement === undefined || !isAnswerTo(placement, message)) {
    return giveStrayBookingBack(state, message, turn);
  }
  if (placement.state !== "reserving") return;
  const { view } = placement;
  view.reservingBlocks -= placement.blocks;
  takeBookable(view, message, turn.nowMs);
  moveTo(placement, "granted", turn.nowMs);
  const waitedMs = turn.nowMs - (placement.waiting?.arrivedMs ?? placement.pickedMs);
  placement.waiting = undefined;
  tellGranted(state, placement, turn);
  const { tenant, charge, blocks, account } = placement;
  turn.effects.push(
    note("router.granted", {
      requestId,
      attempt,
      tenant,
      pool: state.pool,
      worker,
      blocks,
      virtualTime: state.policy.virtualTime(account.band),
      startTag: charge.startTag,
      finishTag: charge.finishTag,
      waitedMs,
    }),
  );
}

/** Nobody else would. What a later place of the attempt has booked is not touched by this. */
function giveStrayBookingBack(
  { accountant, poolEpoch }: PoolState,
  { requestId, attempt, worker, place }: Reserved,
  turn: Turn,
): void {
  drop(turn, "booking-of-nobody", { requestId, attempt, worker });
  if (place === undefined) return;
  turn.effects.push(
    toKvAccountant(accountant, { kind: "release", requestId, attempt, poolEpoch, place }),
  );
}

/** To the session and the queue; again whenever the queue shows that it does not know. */
export function tellGranted(state: PoolState, placement: Placement, turn: Turn): void {
  const { requestId, attempt, shardEpoch, weight, account, view } = placement;
  const { preemptions, suspicion } = placement;
  const terms = {
    ...(placement.allowance === undefined ? {} : { allowance: placement.allowance }),
    ...(account.band === 0 ? {} : { band: account.band }),
    ...(placement.isAlone ? { isAlone: true } : {}),
    ...(preemptions === 0 ? {} : { preemptions }),
    ...(suspicion === undefined ? {} : { suspicion }),
  };
  const { pool, poolEpoch } = state;
  const { worker, incarnation } = view;
  turn.effects.push(
    toSession(placement.session, {
      kind: "granted",
      requestId,
      attempt,
      worker,
      incarnation,
      shardEpoch,
      poolEpoch,
      weight,
      ...terms,
    }),
    toTenantQueue(account.queue, {
      kind: "queue-granted",
      requestId,
      attempt,
      worker,
      incarnation,
      shardEpoch,
      poolEpoch,
      weight,
      ...terms,
      pool,
      virtualTime: state.policy.virtualTime(account.band),
      finishTag: account.clock,
    }),
  );
}

export function reserveRefused(state: PoolState, message: ReserveRefused, turn: Turn): void {
  const { requestId, attempt, worker, reason, freeBlocks } = message;
  const placement = state.placements.find(requestId, attempt);
  if (placement?.state !== "reserving" || !isAnswerTo(placement, message)) {
    return drop(turn, "refusal-of-nobody", { requestId, attempt, worker });
  }
  const { tenant, view, waiting } = placement;
  turn.effects.push(
    note("router.reserve-refused", { requestId, attempt, tenant, worker, reason, freeBlocks }),
  );
  takeBookable(view, message, turn.nowMs);
  placement.isBooked = false;
  fallThrough(state, placement, turn);
  if (reason === "tenant-budget") {
    holdForBudget(state, tenant, turn.nowMs);
  } else if (waiting !== undefined && message.reclaimFrom !== undefined) {
    reclaim(state, waiting, message.reclaimFrom, turn);
  }
  dispatch(state, turn);
}

export function released(state: PoolState, message: Released, turn: Turn): void {
  const placement = state.placements.find(message.requestId, message.attempt);
  if (placement?.state !== "closing" || !placement.isBooked) return;
  // Said to an earlier place of the attempt: what this one has booked still stands.
  if (message.place !== undefined && message.place !== placement.number) return;
  placement.isBooked = false;
  takeBookable(placement.view, message, turn.nowMs);
  refreshOpen(state, placement.view);
  leaveIfEmpty(state, placement, turn);
  endBudgetHold(state, placement.tenant, turn);
  dispatch(state, turn);
}

export function unpinned(state: PoolState, message: Unpinned, turn: Turn): void {
  const { requestId, attempt, place } = message;
  const placement = state.placements.find(requestId, attempt);
  if (placement?.state !== "closing" || !placement.isPinned) return;
  // Said to an earlier place of the attempt: this one's pin still stands.
  if (place !== undefined && place !== placement.number) return;
  placement.isPinned = false;
  placement.view.slotBlockedUntilMs = 0;
  leaveIfEmpty(state, placement, turn);
  dispatch(state, turn);
}
