// One router per pool: which tenant's request is next, and which worker runs it. Law: no grant beyond what a worker
// said it can start, none on blocks that are not booked, and every place given up is given back exactly once.

import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import { disarm, note } from "#shared/actor/actor.ts";
import type { RouterPlaced, RouterTimer, ToRouter } from "#shared/messages/to-router.ts";
import { auditService, keepAuditing } from "./audit-tick.ts";
import {
  beginCollection,
  collectAgain,
  finishCollection,
  holdsPool,
  pinsKept,
} from "./collection.ts";
import { reclaimable } from "./reclaim.ts";
import { pinned, pinRefused, released, reserved, reserveRefused, unpinned } from "./grant.ts";
import { capacityTold, membersChanged } from "./members.ts";
import { narrowed, widened } from "./narrow-tenants.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { drop, startPool } from "./pool-state.ts";
import { ended, progress, started, voided } from "./run-placement.ts";
import { collected, offered, withdrawn } from "./take-offer.ts";
import { keepTicking, tick } from "./tick.ts";

export interface Router {
  readonly self: Address;
  /** Absent until this process owns the pool. */
  owned: PoolState | undefined;
}

export const router: Actor<Router, ToRouter> = {
  name: "router",
  init: (self) => ({ self, owned: undefined }),
  receive(state, { from, message, nowMs }) {
    const turn: Turn = { from, nowMs, effects: [] };
    if (message.kind === "placed") place(state, message, turn);
    else if (state.owned === undefined) drop(turn, "not-placed", { message: message.kind });
    else {
      state.owned.policy.passTo(nowMs);
      handle(state.owned, message, turn);
    }
    if (state.owned !== undefined) {
      keepTicking(state.owned, turn);
      keepAuditing(state.owned, turn);
    }
    return turn.effects;
  },
};

function handle(
  state: PoolState,
  message: Exclude<ToRouter, { readonly kind: "placed" }>,
  turn: Turn,
): void {
  switch (message.kind) {
    case "offer":
      return offered(state, message, turn);
    case "withdraw":
      return withdrawn(state, message, turn);
    case "collect-offers":
      return collected(state, message, turn);
    case "members-changed":
      return membersChanged(state, message, turn);
    case "narrow":
      return narrowed(state, message, turn);
    case "widen":
      return widened(state, message, turn);
    case "timer-fired":
      return fired(state, message.name, turn);
    default:
      return fromWorker(state, message, turn);
  }
}

/** What is neither a queue's word, nor the owner's, nor an operator's, nor a timer's. */
type FromBelow = Exclude<
  ToRouter,
  {
    readonly kind:
      | "placed"
      | "offer"
      | "withdraw"
      | "collect-offers"
      | "members-changed"
      | "narrow"
      | "widen"
      | "timer-fired";
  }
>;

function fromWorker(state: PoolState, message: FromBelow, turn: Turn): void {
  switch (message.kind) {
    case "capacity":
      return capacityTold(state, message, turn);
    case "worker-holds-pool":
      return holdsPool(state, message, turn);
    case "router-started":
      return started(state, message, turn);
    case "router-voided":
      return voided(state, message, turn);
    case "router-progress":
      return progress(state, message, turn);
    case "router-ended":
      return ended(state, message, turn);
    default:
      return answered(state, message, turn);
  }
}

type Answer = Extract<
  ToRouter,
  {
    readonly kind:
      | "reserved"
      | "reserve-refused"
      | "reclaimable"
      | "released"
      | "pinned"
      | "pin-refused"
      | "unpinned"
      | "pins-kept";
  }
>;

function answered(state: PoolState, message: Answer, turn: Turn): void {
  switch (message.kind) {
    case "reserved":
      return reserved(state, message, turn);
    case "reserve-refused":
      return reserveRefused(state, message, turn);
    case "reclaimable":
      return reclaimable(state, message, turn);
    case "released":
      return released(state, message, turn);
    case "pinned":
      return pinned(state, message, turn);
    case "pin-refused":
      return pinRefused(state, message, turn);
    case "unpinned":
      return unpinned(state, message, turn);
    case "pins-kept":
      return pinsKept(state, message);
    default:
      return message satisfies never;
  }
}

function fired(state: PoolState, name: RouterTimer["name"], turn: Turn): void {
  switch (name) {
    case "collect":
      return collectAgain(state, turn);
    case "collected":
      return finishCollection(state, turn);
    case "tick":
      return tick(state, turn);
    case "audit":
      return auditService(state, turn);
    default:
      return name satisfies never;
  }
}

function place(state: Router, placed: RouterPlaced, turn: Turn): void {
  const { poolEpoch, pool } = placed;
  if (state.owned !== undefined && state.owned.poolEpoch >= poolEpoch) {
    return drop(turn, "stale-pool-epoch", { pool, poolEpoch });
  }
  const effects: Effect[] = [
    disarm("tick"),
    disarm("audit"),
    note("router.placed", { pool, poolEpoch }),
  ];
  turn.effects.push(...effects);
  state.owned = startPool(state.self, placed, turn.nowMs);
  beginCollection(state.owned, placed, turn);
}
