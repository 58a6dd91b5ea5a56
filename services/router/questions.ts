// What a place has to ask in each of its states, and asks again until it is answered: every wait ends by an
// answer or by the tick.

import { toAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import { kvBudgetOf } from "./kv-budget.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";

const askAgainMs = 500;

export function ask(state: PoolState, placement: Placement, turn: Turn): void {
  placement.retryAtMs = turn.nowMs + askAgainMs;
  switch (placement.state) {
    case "pinning":
      return askPin(state, placement, turn);
    case "reserving":
      return askReserve(state, placement, turn);
    case "voiding":
      return askVoid(state, placement, turn);
    case "closing":
      return askBack(state, placement, turn);
    case "granted":
    case "running":
      return;
    default:
      return placement.state satisfies never;
  }
}

function askPin(state: PoolState, placement: Placement, turn: Turn): void {
  const { requestId, attempt, view, adapterDigest } = placement;
  placement.isPinned = true;
  turn.effects.push(
    toAdapterCache(view.cache, {
      kind: "pin",
      requestId,
      attempt,
      worker: view.worker,
      incarnation: view.incarnation,
      digest: adapterDigest,
      pool: state.pool,
      poolEpoch: state.poolEpoch,
      place: placement.number,
    }),
  );
}

function askReserve(state: PoolState, placement: Placement, turn: Turn): void {
  const { requestId, attempt, tenant, view, blocks, waiting } = placement;
  placement.isBooked = true;
  turn.effects.push(
    toKvAccountant(state.accountant, {
      kind: "reserve",
      requestId,
      attempt,
      tenant,
      worker: view.worker,
      incarnation: view.incarnation,
      blocks,
      poolEpoch: state.poolEpoch,
      place: placement.number,
      ...(waiting === undefined ? {} : kvBudgetOf(waiting.offer, state.kvBlockTokens)),
    }),
  );
}

function askVoid(state: PoolState, placement: Placement, turn: Turn): void {
  const { requestId, attempt, view } = placement;
  const { poolEpoch } = state;
  turn.effects.push(toWorker(view.address, { kind: "void", requestId, attempt, poolEpoch }));
}

function askBack(state: PoolState, placement: Placement, turn: Turn): void {
  const { requestId, attempt, view, number: place } = placement;
  const { pool, poolEpoch, accountant } = state;
  if (placement.isBooked) {
    turn.effects.push(
      toKvAccountant(accountant, { kind: "release", requestId, attempt, poolEpoch, place }),
    );
  }
  if (placement.isPinned) {
    turn.effects.push(
      toAdapterCache(view.cache, {
        kind: "unpin",
        requestId,
        attempt,
        pool,
        poolEpoch,
        place,
      }),
    );
  }
}
