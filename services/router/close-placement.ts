// How a place ends: its charge is settled, what it holds is asked back until that is confirmed, and its request
// either stands in the order again or its queue is told.

import { assert } from "#shared/actor/assert.ts";
import { note } from "#shared/actor/actor.ts";
import type { Voided } from "#shared/messages/to-tenant-queue.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import { park, unparkClosed } from "./park.ts";
import { isReady } from "./adapter-price.ts";
import type { Placement } from "./placement.ts";
import { moveTo, vacate } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { awaitWhatItFrees } from "./preempt.ts";
import { refreshOpen } from "./pool-state.ts";
import { charge, executedCost } from "./executed-cost.ts";
import { ask } from "./questions.ts";
import { learnPrefix } from "./prefix-belief.ts";
import { untilClosed } from "./waiting-offer.ts";

/** Nothing of it runs any more, or ever will: ask its blocks and its pin back. */
export function close(state: PoolState, placement: Placement, turn: Turn): void {
  vacate(placement);
  if (state.preempting.delete(placement)) awaitWhatItFrees(state, turn);
  learnPrefix(state, placement);
  refreshOpen(state, placement.view);
  state.policy.settle(
    placement.account,
    placement.charge,
    executedCost(placement, state.costWeights),
  );
  moveTo(placement, "closing", turn.nowMs);
  state.placements.pending.add(placement);
  ask(state, placement, turn);
  leaveIfEmpty(state, placement, turn);
}

/** The accountant or the cache confirmed: the place is gone once it holds neither. */
export function leaveIfEmpty(state: PoolState, placement: Placement, turn: Turn): void {
  if (placement.isBooked || placement.isPinned) return;
  assert(placement.state === "closing", "only a closing place leaves");
  state.placements.remove(placement);
  unparkClosed(state, placement, turn);
}

/** The place fell through before its grant: the offer stands where it stood, as soon as nothing is held under its name. */
export function fallThrough(state: PoolState, placement: Placement, turn: Turn): void {
  const { waiting } = placement;
  placement.waiting = undefined;
  if (waiting !== undefined) {
    waiting.startTag = placement.charge.startTag;
    state.offers.set(placement.requestId, waiting);
    park(state, waiting, untilClosed);
  }
  close(state, placement, turn);
}

/** The attempt is over: a late repetition of its offer finds nothing. */
export function endAttempt(
  state: PoolState,
  placement: Placement,
  reason: Voided["reason"] | undefined,
  turn: Turn,
): void {
  const { requestId, attempt, tenant, preemptions, shardEpoch, suspicion } = placement;
  placement.waiting = undefined;
  const isVoided = reason !== undefined;
  const over = { attempt, isVoided, preemptions, shardEpoch, suspicion };
  state.over.remember(requestId, over);
  if (reason !== undefined) tellVoided(state, { requestId, attempt, tenant, reason }, turn);
}

export function tellVoided(
  state: PoolState,
  {
    tenant,
    requestId,
    attempt,
    reason,
  }: Pick<Voided, "attempt" | "reason"> & {
    readonly tenant: TenantId;
    readonly requestId: RequestId;
  },
  turn: Turn,
): void {
  const { pool, poolEpoch } = state;
  turn.effects.push(
    toTenantQueue(tenantQueueAddress(tenant), {
      kind: "voided",
      requestId,
      attempt,
      pool,
      poolEpoch,
      reason,
    }),
    note("router.voided", { requestId, attempt, tenant, reason }),
  );
}

/** Make sure that the worker never starts it, or stops it: only then is anything given back. */
export function startVoid(state: PoolState, placement: Placement, why: string, turn: Turn): void {
  const { requestId, attempt, tenant, view } = placement;
  moveTo(placement, "voiding", turn.nowMs);
  state.placements.pending.add(placement);
  turn.effects.push(
    note("router.voiding", { requestId, attempt, tenant, worker: view.worker, why }),
  );
  ask(state, placement, turn);
}

/** Who makes a worker load an adapter and then asks for nothing pays for it: else it would be free to drive others' out. */
function payForLoad(state: PoolState, placement: Placement, why: string): void {
  const isLoading =
    placement.state === "pinning" && !isReady(placement.view, placement.adapterDigest);
  if (why !== "withdrawn" || !isLoading) return;
  placement.adapterLoads = 1;
  charge(state, placement, 0);
}

/** A later attempt, a withdrawal: this one shall not run, whatever its state. */
export function revoke(state: PoolState, placement: Placement, why: string, turn: Turn): void {
  switch (placement.state) {
    case "pinning":
    case "reserving":
      placement.waiting = undefined;
      payForLoad(state, placement, why);
      return close(state, placement, turn);
    case "granted":
    case "running":
      return startVoid(state, placement, why, turn);
    case "voiding":
    case "closing":
      return;
    default:
      return placement.state satisfies never;
  }
}
