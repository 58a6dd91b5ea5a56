// The state of one tenant's queue, and the one function that moves a request from place to place, so that every
// count that follows from a place changes there and nowhere else.

import type { Address, Effect } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import type { EdgeId, PoolId, RequestId } from "#shared/model/ids.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import type { BacklogPace } from "./backlog-pace.ts";
import { noBacklogPace } from "./backlog-pace.ts";
import type { Collection, KeptSubmit } from "./collection.ts";
import type { Departed } from "./departed.ts";
import { noDepartures } from "./departed.ts";
import type { NamedRequests } from "./named-requests.ts";
import { noNamedRequests } from "./named-requests.ts";
import type { OutputPredictions } from "./output-prediction.ts";
import type { QuotaAccount } from "./quota-account.ts";
import { openQuotaAccount } from "./quota-account.ts";
import type { Place, Reservation } from "./reservation.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { noRetryBudget } from "./retry-budget.ts";
import type { SlidingWindow } from "./sliding-window.ts";
import { emptyWindow } from "./sliding-window.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { startVirtualTime } from "./virtual-time.ts";
import type { WaitingList } from "./waiting-list.ts";
import { emptyWaitingList, insertWaiting, removeWaiting } from "./waiting-list.ts";

export interface TenantQueue {
  readonly self: Address;
  /** Absent until placed: without an epoch nothing may be decided. */
  tenure: Tenure | undefined;
  /** Present while a takeover collects; nothing is admitted meanwhile. */
  collection: Collection | undefined;
  /** Edges that have told their admissions of this tenure. */
  readonly edgesHeard: Set<EdgeId>;
  /** Edges asked and still silent after the collection. */
  readonly edgesSilent: Map<EdgeId, SilentEdge>;
  /** Edges that speak and were not asked at the takeover: new, or away then. Asked now. */
  readonly strangers: Map<EdgeId, Stranger>;
  readonly reservations: Map<RequestId, Reservation>;
  /** Per pool; a pool's virtual time outlives its requests. */
  readonly lanes: Map<PoolId, Lane>;
  readonly window: SlidingWindow;
  readonly predictions: OutputPredictions;
  readonly quota: QuotaAccount;
  readonly departed: Departed;
  readonly named: NamedRequests;
  /** Requests that count against concurrency. */
  slots: number;
  /** Admitted and not granted: waiting or offered. */
  ungranted: number;
  /** Offered, and needing a slot once granted. */
  offeredWithoutSlot: number;
  nextPosition: number;
  readonly backlogPace: BacklogPace;
  readonly retries: RetryBudget;
  readonly grantPace: { lastAtMs: number; intervalMs: number };
  isReofferArmed: boolean;
  isSweepArmed: boolean;
}

/** What this owner was placed with. */
export interface Tenure {
  readonly shard: number;
  readonly shardEpoch: number;
  /** With its throttle: `standingPolicy` of what the registry says. */
  policy: TenantPolicy;
  /** The store's device in the process of the owner that placed it. */
  readonly coordination: Address;
  readonly sinceMs: number;
}

export interface SilentEdge {
  readonly sinceMs: number;
  /** Since when it is not registered. Undefined: it is. */
  goneAtMs: number | undefined;
}

export interface Stranger {
  readonly metAtMs: number;
  /** What it wants admitted, until it has told what it admitted before. */
  readonly kept: Map<RequestId, KeptSubmit>;
}

/** One pool, as this tenant sees it. */
export interface Lane {
  readonly pool: PoolId;
  readonly waiting: WaitingList;
  /** Out at the router, the longest unrepeated first. */
  readonly offered: Map<RequestId, Reservation>;
  /** Of those, first attempts: they alone count against the window of offers. */
  firstAttemptsOffered: number;
  readonly time: VirtualTime;
  /** The highest seen: lower ones are stale. */
  poolEpoch: number;
}

/** One arrival being handled: its time, its sender, and the effects so far. */
export interface Turn {
  readonly nowMs: number;
  readonly from: Address;
  readonly effects: Effect[];
}

export const emptyTenantQueue = (self: Address): TenantQueue => ({
  self,
  tenure: undefined,
  collection: undefined,
  edgesHeard: new Set(),
  edgesSilent: new Map(),
  strangers: new Map(),
  reservations: new Map(),
  lanes: new Map(),
  window: emptyWindow(),
  predictions: new Map(),
  quota: openQuotaAccount(),
  departed: noDepartures(),
  named: noNamedRequests(),
  slots: 0,
  ungranted: 0,
  offeredWithoutSlot: 0,
  nextPosition: 1,
  backlogPace: noBacklogPace(),
  retries: noRetryBudget(),
  grantPace: { lastAtMs: Number.NEGATIVE_INFINITY, intervalMs: 1000 },
  isReofferArmed: false,
  isSweepArmed: false,
});

/** The caller has been placed: everything but `placed` is dropped before. */
export function tenureOf({ tenure }: TenantQueue): Tenure {
  assert(tenure !== undefined, "a queue decides only while it is placed");
  return tenure;
}

export function laneOf({ lanes }: TenantQueue, pool: PoolId): Lane {
  const known = lanes.get(pool);
  if (known !== undefined) return known;
  const lane: Lane = {
    pool,
    waiting: emptyWaitingList(),
    offered: new Map(),
    firstAttemptsOffered: 0,
    time: startVirtualTime(),
    poolEpoch: 0,
  };
  lanes.set(pool, lane);
  return lane;
}

/** Moves a request; the pool may only be changed while it is `outside`. */
export function moveTo(queue: TenantQueue, reservation: Reservation, place: Place): void {
  leave(queue, reservation);
  reservation.place = place;
  enter(queue, reservation);
  assert(queue.slots >= 0 && queue.ungranted >= 0, "counts follow places");
}

export function takeSlot(queue: TenantQueue, reservation: Reservation): void {
  if (reservation.hasSlot) return;
  reservation.hasSlot = true;
  queue.slots += 1;
}

export function giveSlotBack(queue: TenantQueue, reservation: Reservation): void {
  if (!reservation.hasSlot) return;
  reservation.hasSlot = false;
  queue.slots -= 1;
}

function leave(queue: TenantQueue, reservation: Reservation): void {
  const { requestId, place } = reservation;
  if (place !== "waiting" && place !== "offered") return;
  queue.ungranted -= 1;
  const lane = laneOf(queue, reservation.pool);
  if (place === "waiting") {
    removeWaiting(lane.waiting, requestId);
    return;
  }
  lane.offered.delete(requestId);
  if (reservation.rank === 2) lane.firstAttemptsOffered -= 1;
  if (reservation.rank !== 0) queue.offeredWithoutSlot -= 1;
}

function enter(queue: TenantQueue, reservation: Reservation): void {
  const { requestId, place, position } = reservation;
  if (place !== "waiting" && place !== "offered") return;
  queue.ungranted += 1;
  const lane = laneOf(queue, reservation.pool);
  if (place === "waiting") {
    reservation.rank = rankOf(reservation);
    insertWaiting(lane.waiting, { requestId, position, rank: reservation.rank });
    return;
  }
  lane.offered.set(requestId, reservation);
  if (reservation.rank === 2) lane.firstAttemptsOffered += 1;
  if (reservation.rank !== 0) queue.offeredWithoutSlot += 1;
}

function rankOf({ hasSlot, attempt }: Reservation): number {
  if (hasSlot) return 0;
  return attempt === 1 ? 2 : 1;
}
