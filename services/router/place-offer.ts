// An offer becomes a place: out of the order, charged, counted against its worker, and asking for what it needs. The
// adapter is pinned before blocks are booked, so that a load holds no KV.

import { note } from "#shared/actor/actor.ts";
import { baseModel } from "#shared/model/ids.ts";
import { runsAlone } from "#shared/model/suspicion.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { adapterTried } from "./adapter-breaker.ts";
import { sendCanary } from "./eject-worker.ts";
import type { Narrowing } from "./narrowings.ts";
import type { Picked } from "./pick-next.ts";
import type { Placement } from "./placement.ts";
import { notStarted, occupyBlocks, occupySequence } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { refreshOpen } from "./pool-state.ts";
import { expectPrefix } from "./prefix-belief.ts";
import { ask } from "./questions.ts";

export function place(
  state: PoolState,
  { account, waiting, choice }: Picked,
  turn: Turn,
): Placement {
  const { offer } = waiting;
  const { view, cachedTokens } = choice;
  // What earlier attempts computed is not in its cost, so a cache spares nothing of that.
  const uncharged = offer.computedTokens ?? 0;
  const charge = state.policy.take(account, turn.nowMs, {
    waiting,
    cachedTokens: Math.max(0, cachedTokens - uncharged),
  });
  state.audit.placed(account, charge);
  const passed = account.waiting.least();
  if (passed !== undefined && passed.offer.position < offer.position) passed.timesPassed += 1;
  state.offers.delete(offer.requestId);
  const needsAdapter = offer.adapterDigest !== baseModel;
  state.placesPicked += 1;
  const placement: Placement = {
    number: state.placesPicked,
    preemptions: waiting.preemptions,
    suspicion: waiting.suspicion,
    isAlone: runsAlone(waiting.suspicion),
    computedTokens: offer.computedTokens ?? 0,
    requestId: offer.requestId,
    attempt: offer.attempt,
    tenant: offer.tenant,
    session: offer.session,
    shardEpoch: offer.shardEpoch,
    weight: offer.weight,
    allowance: offer.allowance,
    adapterDigest: offer.adapterDigest,
    account,
    charge,
    view,
    blocks: waiting.blocks,
    promptTokens: offer.promptTokens,
    cachedTokens,
    owedPrefillTokens: offer.promptTokens - cachedTokens,
    prefixKeys: offer.prefixKeys,
    state: needsAdapter ? "pinning" : "reserving",
    sinceMs: turn.nowMs,
    retryAtMs: 0,
    waiting,
    isBooked: false,
    isPinned: false,
    startedAtSeq: notStarted,
    totals: nothingExecuted,
    adapterLoads: 0,
    pickedMs: turn.nowMs,
    offeredMs: waiting.arrivedMs,
    startedMs: -1,
    isFirstTokenOut: false,
    older: undefined,
  };
  if (needsAdapter) {
    adapterTried(state.breakers, offer.adapterDigest, turn.nowMs);
    state.adapters.placed(offer.adapterDigest, turn.nowMs);
  }
  occupySequence(placement);
  sendCanary(placement);
  if (!needsAdapter) occupyBlocks(placement);
  refreshOpen(state, view);
  expectPrefix(state, placement);
  state.placements.add(placement);
  notePlaced(state, placement, turn);
  ask(state, placement, turn);
  return placement;
}

function notePlaced(state: PoolState, placement: Placement, turn: Turn): void {
  const { requestId, attempt, tenant, blocks, view } = placement;
  turn.effects.push(
    note(placement.state === "pinning" ? "router.pinning" : "router.reserving", {
      requestId,
      attempt,
      tenant,
      worker: view.worker,
      blocks,
    }),
  );
  const narrowing = state.narrowings.of(tenant);
  if (narrowing !== undefined) noteNarrowed(state, placement, narrowing, turn);
}

function noteNarrowed(
  { workers }: PoolState,
  { requestId, attempt, tenant }: Placement,
  { workers: kept }: Narrowing,
  turn: Turn,
): void {
  const about = { requestId, attempt, tenant, workers: kept, of: workers.size };
  turn.effects.push(note("router.within-subset", about));
}
