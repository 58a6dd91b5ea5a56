// One tenant's queue: admits or refuses by the tenant's limits, keeps its order, stamps tags, offers its heads to
// the pools' routers, and settles on what ran. Law: once every request is settled, nothing is reserved.

import type { Actor } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { edgeOfDirectory, edgeOfSession } from "#shared/messages/addresses.ts";
import type { TenantQueueTimer, ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { Collection } from "./collection.ts";
import { hearClaimBill } from "./giving-bill.ts";
import { hearLocate } from "./locating.ts";
import { offerWhatFits, reofferDue } from "./offering.ts";
import {
  hearEnded,
  hearGranted,
  hearPoolOwnerChanged,
  hearProgress,
  hearVoided,
} from "./placing.ts";
import { hearEscrowTimer } from "./quota.ts";
import { hearCancel, hearFinished } from "./settling.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { hearSubmit } from "./submitting.ts";
import { armSweep, hearRenew, sweep } from "./sweeping.ts";
import {
  askIfSilent,
  askSilent,
  finishCollection,
  hearEdgeHolds,
  hearEdgesChanged,
  hearEscrow,
  hearPlaced,
  hearRouterDropped,
  hearWorkerHolds,
  keepEndForLater,
  keepForLater,
  meet,
  settleCollected,
} from "./taking-over.ts";
import type { TenantQueue, Tenure, Turn } from "./tenant-queue.ts";
import { emptyTenantQueue } from "./tenant-queue.ts";
import { freeOverdue } from "./unclaimed-quota.ts";

export const tenantQueue: Actor<TenantQueue, ToTenantQueue> = {
  name: "tenant-queue",
  init: emptyTenantQueue,
  receive(queue, { message, from, nowMs }) {
    const turn: Turn = { nowMs, from, effects: [] };
    if (message.kind === "placed") hearPlaced(queue, message, turn);
    else if (queue.tenure === undefined) drop(message, turn, "not-placed");
    else if (!isAboutRequests(message)) hearAboutTheHouse(queue, queue.tenure, { message, turn });
    else if (queue.collection === undefined) hearAboutRequests(queue, message, turn);
    else hearWhileCollecting(queue, queue.collection, { message, turn });
    armSweep(queue, turn);
    return turn.effects;
  },
};

/** About one request's life: only a queue that has collected can answer it fully. */
type AboutRequests = Extract<
  ToTenantQueue,
  {
    readonly kind:
      | "submit"
      | "cancel"
      | "finished"
      | "locate"
      | "renew"
      | "queue-granted"
      | "voided"
      | "queue-progress"
      | "queue-ended"
      | "claim-bill";
  }
>;
type AboutTheHouse = Exclude<ToTenantQueue, AboutRequests | { readonly kind: "placed" }>;

function isAboutRequests(message: AboutRequests | AboutTheHouse): message is AboutRequests {
  switch (message.kind) {
    case "policy-changed":
    case "edges-changed":
    case "edge-holds":
    case "worker-holds-sequences":
    case "router-dropped":
    case "pool-owner-changed":
    case "escrow-exchanged":
    case "timer-fired":
      return false;
    default:
      return true;
  }
}

function hearAboutRequests(queue: TenantQueue, message: AboutRequests, turn: Turn): void {
  switch (message.kind) {
    case "submit":
      meet(queue, edgeOfSession(turn.from), turn);
      return hearSubmit(queue, message, turn);
    case "cancel":
      return hearCancel(queue, message, turn);
    case "finished":
      return hearFinished(queue, message, turn);
    case "locate":
      return hearLocate(queue, message, turn);
    case "renew":
      meet(queue, edgeOfDirectory(turn.from), turn);
      return hearRenew(queue, message, turn);
    case "queue-granted":
      return hearGranted(queue, message, turn);
    case "voided":
      return hearVoided(queue, message, turn);
    case "queue-progress":
      return hearProgress(queue, message, turn);
    case "queue-ended":
      return hearEnded(queue, message, turn);
    case "claim-bill":
      return hearClaimBill(queue, message, turn);
    default:
      return message satisfies never;
  }
}

/** Renewals, grants and progress mean nothing yet: sessions and workers are being asked for all of it. */
function hearWhileCollecting(
  queue: TenantQueue,
  collection: Collection,
  { message, turn }: { readonly message: AboutRequests; readonly turn: Turn },
): void {
  switch (message.kind) {
    case "submit":
      return keepForLater(queue, collection, { submit: message, turn });
    case "cancel":
    case "finished":
      return settleCollected(queue, collection, { message, turn });
    case "queue-ended":
      return keepEndForLater(collection, message, turn);
    case "queue-granted":
    case "voided":
    case "queue-progress":
    case "locate":
    case "renew":
    case "claim-bill":
      return drop(message, turn, "collecting");
    default:
      return message satisfies never;
  }
}

function hearAboutTheHouse(
  queue: TenantQueue,
  tenure: Tenure,
  { message, turn }: { readonly message: AboutTheHouse; readonly turn: Turn },
): void {
  switch (message.kind) {
    case "policy-changed":
      tenure.policy = standingPolicy(message.policy);
      return offerWhatFits(queue, turn);
    case "edges-changed":
      return hearEdgesChanged(queue, message, turn);
    case "edge-holds":
      return hearEdgeHolds(queue, message, turn);
    case "worker-holds-sequences":
      return hearWorkerHolds(queue, message, turn);
    case "router-dropped":
      return hearRouterDropped(queue, message, turn);
    case "pool-owner-changed":
      hearPoolOwnerChanged(queue, message, turn);
      return askIfSilent(queue, message.pool, turn);
    case "escrow-exchanged":
      return hearEscrow(queue, message, turn);
    case "timer-fired":
      return hearTimer(queue, message, turn);
    default:
      return message satisfies never;
  }
}

function hearTimer(queue: TenantQueue, { name }: TenantQueueTimer, turn: Turn): void {
  switch (name) {
    case "collect":
      return askSilent(queue, turn);
    case "collected":
      return finishCollection(queue, turn);
    case "reoffer":
      return reofferDue(queue, turn);
    case "sweep":
      return sweep(queue, turn);
    case "escrow":
      return hearEscrowTimer(queue, turn);
    case "unclaimed":
      return freeOverdue(queue, turn);
    default:
      return name satisfies never;
  }
}

function drop(message: ToTenantQueue, turn: Turn, why: string): void {
  const identity = "requestId" in message ? { requestId: message.requestId } : {};
  turn.effects.push(note("queue.dropped", { what: message.kind, why, ...identity }));
}
