// What a tenant's queue says: offers, withdrawals, and that it was taken over. Every one is idempotent, and
// nothing of an earlier shard epoch acts.

import { note } from "#shared/actor/actor.ts";
import type { CollectOffers, Offer, Withdraw } from "#shared/messages/to-router.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { edgeOfSession, tenantQueueAddress } from "#shared/messages/addresses.ts";
import { runsAlone, together } from "#shared/model/suspicion.ts";
import { revoke, tellVoided } from "./close-placement.ts";
import { setApart } from "./set-apart.ts";
import { endBudgetHold } from "./budget-hold.ts";
import { dispatch } from "./dispatch.ts";
import { tellGranted } from "./grant.ts";
import { enterOrder, heedApart, park, removeOffer } from "./park.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { acceptsShardEpoch, accountOf, drop, offersMax } from "./pool-state.ts";
import type { EarlierHere, WaitingOffer } from "./waiting-offer.ts";
import { blocksOf, untilClosed, waitingOffer } from "./waiting-offer.ts";

export function offered(state: PoolState, offer: Offer, turn: Turn): void {
  const { requestId, attempt, tenant } = offer;
  if (!acceptsShardEpoch(state, offer.shard, offer.shardEpoch)) {
    return drop(turn, "stale-shard-epoch", { requestId, attempt, tenant });
  }
  const over = state.over.get(requestId);
  if (over !== undefined && attempt <= over.attempt) {
    const isVoided = over.isVoided && attempt === over.attempt;
    // An owner that came since, and that nobody could tell of these attempts, goes on behind them; silence would be for ever.
    if (!isVoided && offer.shardEpoch <= over.shardEpoch) {
      return drop(turn, "attempt-over", { requestId, attempt, tenant });
    }
    return tellVoided(state, { requestId, attempt, tenant, reason: "not-started" }, turn);
  }
  const placement = state.placements.newest(requestId);
  if (placement !== undefined && placement.attempt >= attempt) {
    if (placement.attempt === attempt) offeredAgain(state, placement, offer, turn);
    else drop(turn, "stale-attempt", { requestId, attempt, tenant });
    return;
  }
  if (placement !== undefined) revoke(state, placement, "superseded", turn);
  takeOffer(state, offer, earlierHere(over, placement), turn);
  dispatch(state, turn);
}

const earlierHere = (
  over: EarlierHere | undefined,
  earlier: EarlierHere | undefined,
): EarlierHere => ({
  preemptions: Math.max(over?.preemptions ?? 0, earlier?.preemptions ?? 0),
  suspicion: together(over?.suspicion, earlier?.suspicion),
});

function takeOffer(state: PoolState, offer: Offer, earlier: EarlierHere, turn: Turn): void {
  const { requestId, attempt, tenant } = offer;
  const standing = state.offers.get(requestId);
  if (standing !== undefined) {
    if (standing.offer.attempt > attempt) {
      return drop(turn, "stale-attempt", { requestId, attempt, tenant });
    }
    if (standing.offer.attempt === attempt) return renew(state, standing, offer, turn);
    removeOffer(state, standing);
  }
  const account = accountOf(state, tenant, offer);
  if (account === undefined || state.offers.size >= offersMax) {
    return drop(turn, "too-many-offers", { requestId, attempt, tenant });
  }
  const waiting = waitingOffer(offer, state.kvBlockTokens, turn.nowMs, earlier);
  waiting.zone = state.edgeZones.get(edgeOfSession(offer.session)) ?? "";
  state.offers.set(requestId, waiting);
  if (runsAlone(waiting.suspicion)) {
    heedApart(state, account, offer);
    setApart(state, waiting, turn);
  } else {
    enterOrder(state, account, waiting);
  }
  const { startTag, finishTag } = offer;
  turn.effects.push(note("router.offered", { requestId, attempt, tenant, startTag, finishTag }));
}

/** The newest word of the queue replaces the earlier one. */
function renew(state: PoolState, standing: WaitingOffer, offer: Offer, turn: Turn): void {
  const { position, cost, weight, band, kvBurstTokens } = standing.offer;
  standing.offer = offer;
  standing.suspicion = together(standing.suspicion, offer.suspicion);
  standing.blocks = blocksOf(offer, state.kvBlockTokens);
  if (kvBurstTokens !== offer.kvBurstTokens) endBudgetHold(state, offer.tenant, turn);
  if (standing.place < 0) return;
  const isSame =
    position === offer.position &&
    cost === offer.cost &&
    weight === offer.weight &&
    band === offer.band;
  const account = state.accounts.get(offer.tenant);
  if (isSame || account === undefined) return;
  state.policy.changed(account, standing);
  state.audit.entered(account);
}

/** An offer for a place that already stands. */
function offeredAgain(state: PoolState, placement: Placement, offer: Offer, turn: Turn): void {
  placement.shardEpoch = offer.shardEpoch;
  placement.session = offer.session;
  switch (placement.state) {
    case "pinning":
    case "reserving":
      if (placement.waiting !== undefined) placement.waiting.offer = offer;
      return;
    case "granted":
    case "running":
      return tellGranted(state, placement, turn);
    case "closing":
      return offeredWhileClosing(state, placement, offer, turn);
    case "voiding":
      return;
    default:
      return placement.state satisfies never;
  }
}

// The earlier place of the same attempt is being given back under the same name: the offer waits for that.
function offeredWhileClosing(state: PoolState, earlier: Placement, offer: Offer, turn: Turn): void {
  const standing = state.offers.get(offer.requestId);
  if (standing !== undefined) return renew(state, standing, offer, turn);
  const waiting = waitingOffer(offer, state.kvBlockTokens, turn.nowMs, earlier);
  state.offers.set(offer.requestId, waiting);
  heedApart(state, earlier.account, offer);
  park(state, waiting, untilClosed);
}

export function withdrawn(state: PoolState, message: Withdraw, turn: Turn): void {
  const { requestId, attempt, shardEpoch } = message;
  let isKnown = false;
  const standing = state.offers.get(requestId);
  if (standing !== undefined && standing.offer.attempt <= attempt) {
    if (standing.offer.shardEpoch > shardEpoch) {
      return drop(turn, "stale-shard-epoch", { requestId, attempt });
    }
    isKnown = true;
    removeOffer(state, standing);
  }
  let placement = state.placements.newest(requestId);
  while (placement !== undefined) {
    const { older } = placement;
    if (placement.attempt <= attempt && placement.shardEpoch <= shardEpoch) {
      isKnown = true;
      revoke(state, placement, "withdrawn", turn);
    }
    placement = older;
  }
  if (isKnown) return dispatch(state, turn);
  // Nothing stands for it: the queue may have missed that, or this router never knew.
  drop(turn, "withdrawal-of-nothing", { requestId, attempt });
  const { pool, poolEpoch } = state;
  turn.effects.push(
    toTenantQueue(turn.from, {
      kind: "voided",
      requestId,
      attempt,
      pool,
      poolEpoch,
      reason: "not-started",
    }),
  );
}

/** The tenant's shard has a new owner: what it was promised by none yet is forgotten. Granted places stand. */
export function collected(state: PoolState, message: CollectOffers, turn: Turn): void {
  const { tenant, shard, shardEpoch } = message;
  if (!acceptsShardEpoch(state, shard, shardEpoch)) {
    return drop(turn, "stale-shard-epoch", { tenant, shardEpoch });
  }
  const offers = dropEarlier(state, message, turn);
  turn.effects.push(
    note("router.collected", { tenant, shardEpoch, offers }),
    toTenantQueue(tenantQueueAddress(tenant), {
      kind: "router-dropped",
      pool: state.pool,
      shardEpoch,
    }),
  );
  dispatch(state, turn);
}

function dropEarlier(state: PoolState, { tenant, shardEpoch }: CollectOffers, turn: Turn): number {
  const standing: WaitingOffer[] = [...(state.accounts.get(tenant)?.waiting.items() ?? [])];
  for (const waiting of state.parked) if (waiting.offer.tenant === tenant) standing.push(waiting);
  const earlier = standing.filter((waiting) => waiting.offer.shardEpoch < shardEpoch);
  for (const waiting of earlier) removeOffer(state, waiting);
  for (const placement of state.placements.pending) {
    const isUngranted = placement.state === "pinning" || placement.state === "reserving";
    if (isUngranted && placement.tenant === tenant && placement.shardEpoch < shardEpoch) {
      revoke(state, placement, "collected", turn);
    }
  }
  return earlier.length;
}
