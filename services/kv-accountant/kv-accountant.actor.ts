// One KV accountant per pool: who holds how many blocks on which worker. Law: what is booked never exceeds what the
// engine has, except where the engine itself reports more; no reservation takes a tenant above its burst; and every
// booking returns exactly once.

import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type {
  BlockReport,
  Extend,
  KvAccountantPlaced,
  Reclaim,
  Release,
  Reserve,
  ToKvAccountant,
  WorkerFenced,
} from "#shared/messages/to-kv-accountant.ts";
import type { ReserveRefused } from "#shared/messages/to-router.ts";
import type { KvLoan } from "#shared/model/kv-blocks.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { PoolId, WorkerId } from "#shared/model/ids.ts";
import type { Booking, WorkerBlocks } from "./block-pool.ts";
import { book, extend, giveBack, openWorker } from "./block-pool.ts";
import { BookingTable } from "./booking-table.ts";
import { applyReport } from "./block-report.ts";
import { ClosedPlaces } from "./closed-places.ts";
import { fitsBurst, isGuaranteed, learnBudget, TenantHoldings } from "./tenant-holdings.ts";

/** The place of a sequence that its router found running. */
const foundRunning = 0;

/** Workers remembered, the fenced ones included. */
const workersMax = 10_000;

export interface KvAccountant {
  readonly self: Address;
  owned: PoolBooks | undefined;
}

export interface PoolBooks {
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly workers: Map<WorkerId, WorkerBlocks>;
  /** Every booking of the pool, by attempt. */
  readonly bookings: BookingTable;
  /** What they come to for each tenant, over all workers. */
  readonly holdings: TenantHoldings;
  /** Highest incarnation that is over, per worker: nothing of it may act. */
  readonly fenced: Map<WorkerId, number>;
  /** Of this epoch's router: none of them is booked again. */
  readonly closed: ClosedPlaces;
}

export const kvAccountant: Actor<KvAccountant, ToKvAccountant> = {
  name: "kv-accountant",
  init: (self) => ({ self, owned: undefined }),
  receive(state, { from, message }) {
    if (message.kind === "placed") return place(state, message);
    if (state.owned === undefined) return [drop("not-placed", { message: message.kind })];
    const books = state.owned;
    switch (message.kind) {
      case "extend":
        return extendBooking(books, message, from);
      case "block-report":
        return report(books, message);
      case "reserve":
      case "reclaim":
      case "release":
      case "worker-fenced":
        return fromRouter(books, message, from);
      default:
        return message satisfies never;
    }
  },
};

/** Only the router of this very epoch: an earlier one's word is void, a later one's comes too early and again. */
function fromRouter(
  books: PoolBooks,
  message: Reserve | Reclaim | Release | WorkerFenced,
  router: Address,
): Effect[] {
  const { kind, poolEpoch } = message;
  if (poolEpoch !== books.poolEpoch) {
    const whose =
      kind === "worker-fenced"
        ? { worker: message.worker }
        : { requestId: message.requestId, attempt: message.attempt };
    return [drop("other-pool-epoch", { message: kind, poolEpoch, ...whose })];
  }
  switch (kind) {
    case "reserve":
      return reserve(books, message, router);
    case "reclaim":
      return [reclaimable(books, message, router)];
    case "release":
      return release(books, message, router);
    case "worker-fenced":
      return fence(books, message);
    default:
      return message satisfies never;
  }
}

const drop = (why: string, fields: Readonly<Record<string, string | number>>): Effect =>
  note("kv.dropped", { why, ...fields });

function place(state: KvAccountant, { pool, poolEpoch }: KvAccountantPlaced): Effect[] {
  if (state.owned !== undefined && state.owned.poolEpoch >= poolEpoch) {
    return [drop("stale-pool-epoch", { pool, poolEpoch })];
  }
  state.owned = {
    pool,
    poolEpoch,
    workers: new Map(),
    bookings: new BookingTable(),
    holdings: new TenantHoldings(),
    fenced: new Map(),
    closed: new ClosedPlaces(),
  };
  return [note("kv.placed", { pool, poolEpoch })];
}

function reserve(books: PoolBooks, message: Reserve, router: Address): Effect[] {
  const { requestId, attempt, worker, incarnation, place } = message;
  const standing = books.bookings.find(requestId, attempt);
  if (standing !== undefined && standing.place > place) {
    return [drop("older-place", { message: "reserve", requestId, attempt, place })];
  }
  const holder = books.workers.get(worker);
  if (holder?.incarnation !== incarnation) {
    return refuse(books, message, { reason: "unknown-worker", freeBlocks: 0 }, router);
  }
  if (standing?.place !== place && books.closed.has(place)) {
    return [
      drop("closed-place", { message: "reserve", requestId, attempt, place }),
      refusing(message, noBlocks(holder), router),
    ];
  }
  learnBudget(books.holdings.of(message.tenant), message);
  if (standing?.worker === holder) return [bookedAgain(standing, message, router)];
  // The router has moved it: one attempt has one booking.
  const moved = standing === undefined ? [] : [returnBooking(books, standing)];
  return [...moved, ...bookAnew(books, holder, message, router)];
}

/** Asked again, or found running by a report: what it has stands. */
function bookedAgain(standing: Booking, { blocks, place }: Reserve, router: Address): Effect {
  if (fitsBurst(standing.holding, blocks - standing.blocks)) extend(standing, blocks);
  standing.isForeign = false;
  standing.place = place;
  return booked(standing, router);
}

function bookAnew(
  books: PoolBooks,
  holder: WorkerBlocks,
  message: Reserve,
  router: Address,
): Effect[] {
  const { requestId, attempt, tenant, worker, blocks, place } = message;
  const holding = books.holdings.of(tenant);
  if (!fitsBurst(holding, blocks)) {
    return refuse(books, message, { ...noBlocks(holder), reason: "tenant-budget" }, router);
  }
  const booking = book(holder, { requestId, attempt, holding, blocks, place });
  if (booking === undefined) {
    const reclaimFrom = mayReclaim(books, message);
    const lent = reclaimFrom.length === 0 ? {} : { reclaimFrom };
    return refuse(books, message, { ...noBlocks(holder), ...lent }, router);
  }
  books.bookings.add(booking);
  const { freeBlocks } = holder;
  return [
    booked(booking, router),
    note("kv.reserved", { requestId, attempt, tenant, worker, blocks, freeBlocks }),
  ];
}

function booked({ requestId, attempt, worker, place }: Booking, router: Address): Effect {
  const { freeBlocks, totalBlocks } = worker;
  return toRouter(router, {
    kind: "reserved",
    requestId,
    attempt,
    worker: worker.worker,
    freeBlocks,
    totalBlocks,
    place,
  });
}

type Refusal = Pick<ReserveRefused, "reason" | "freeBlocks" | "totalBlocks" | "reclaimFrom">;

const noBlocks = ({ freeBlocks, totalBlocks }: WorkerBlocks): Refusal => ({
  reason: "no-blocks",
  freeBlocks,
  totalBlocks,
});

/** Inside its guarantee a tenant may take back what others have above theirs. */
function mayReclaim(
  { holdings }: PoolBooks,
  { tenant, blocks }: Pick<Reserve, "tenant" | "blocks">,
): readonly KvLoan[] {
  const holding = holdings.of(tenant);
  return isGuaranteed(holding, blocks) ? holdings.loans(holding) : [];
}

/** Asked before anything is booked, because a router that believes its workers full reserves nothing. */
function reclaimable(books: PoolBooks, message: Reclaim, router: Address): Effect {
  const { requestId, attempt, tenant } = message;
  learnBudget(books.holdings.of(tenant), message);
  const reclaimFrom = mayReclaim(books, message);
  return toRouter(router, { kind: "reclaimable", requestId, attempt, reclaimFrom });
}

const refusing = (
  { requestId, attempt, worker, place }: Reserve,
  refusal: Refusal,
  router: Address,
): Effect =>
  toRouter(router, { kind: "reserve-refused", requestId, attempt, worker, ...refusal, place });

function refuse(books: PoolBooks, message: Reserve, refusal: Refusal, router: Address): Effect[] {
  const { requestId, attempt, tenant, worker, blocks, place } = message;
  const { reason, freeBlocks } = refusal;
  books.closed.add(place);
  return [
    refusing(message, refusal, router),
    note("kv.refused", { requestId, attempt, tenant, worker, blocks, reason, freeBlocks }),
  ];
}

function extendBooking(books: PoolBooks, message: Extend, worker: Address): Effect[] {
  const { requestId, attempt, blocks } = message;
  const booking = books.bookings.find(requestId, attempt);
  const isOfThatLife =
    booking?.worker.worker === message.worker && booking.worker.incarnation === message.incarnation;
  const before = booking?.blocks ?? 0;
  if (booking === undefined || !isOfThatLife || !extend(booking, blocks)) {
    const freeBlocks = booking?.worker.freeBlocks ?? 0;
    return [
      toWorker(worker, { kind: "extend-refused", requestId, attempt }),
      note("kv.extend-refused", { requestId, attempt, worker: message.worker, blocks, freeBlocks }),
    ];
  }
  const told = toWorker(worker, { kind: "extended", requestId, attempt, blocks: booking.blocks });
  // Asked for what it has already: nothing grew, so nothing is noted.
  if (booking.blocks === before) return [told];
  return [
    told,
    note("kv.extended", {
      requestId,
      attempt,
      tenant: booking.holding.tenant,
      worker: message.worker,
      blocks: booking.blocks,
    }),
  ];
}

function release(
  books: PoolBooks,
  { requestId, attempt, place }: Release,
  router: Address,
): Effect[] {
  const booking = books.bookings.find(requestId, attempt);
  const released = { kind: "released", requestId, attempt, place } as const;
  books.closed.add(place);
  if (booking === undefined) return [toRouter(router, released)];
  if (place !== foundRunning && booking.place > place) {
    return [
      drop("older-place", { message: "release", requestId, attempt, place }),
      toRouter(router, released),
    ];
  }
  books.closed.add(booking.place);
  const returned = returnBooking(books, booking);
  const { freeBlocks, totalBlocks } = booking.worker;
  return [toRouter(router, { ...released, freeBlocks, totalBlocks }), returned];
}

function returnBooking(books: PoolBooks, booking: Booking): Effect {
  giveBack(booking);
  books.bookings.remove(booking);
  const { requestId, attempt, holding, worker, blocks } = booking;
  const { tenant } = holding;
  return note("kv.released", { requestId, attempt, tenant, worker: worker.worker, blocks });
}

function report(books: PoolBooks, message: BlockReport): Effect[] {
  const { worker, incarnation, seq } = message;
  const effects: Effect[] = [];
  const holder = lifeOf(books, message, effects);
  if (holder === undefined) return [drop("stale-report", { worker, incarnation, seq })];
  const { added, gone, shortBlocks, orphanBlocks } = applyReport(holder, message, books);
  for (const { requestId, attempt, holding, blocks } of added) {
    const { tenant } = holding;
    effects.push(note("kv.reported", { requestId, attempt, tenant, worker, blocks }));
  }
  for (const { requestId, attempt, holding, blocks } of gone) {
    const { tenant } = holding;
    effects.push(note("kv.released", { requestId, attempt, tenant, worker, blocks }));
  }
  if (shortBlocks + orphanBlocks > 0) {
    holder.drifts += 1;
    effects.push(note("kv.drift", { worker, incarnation, shortBlocks, orphanBlocks }));
  }
  return effects;
}

/** The books of the life that reports; a new life's begin here. Absent: nothing of this report may act. */
function lifeOf(
  books: PoolBooks,
  { worker, incarnation, seq, totalBlocks }: BlockReport,
  effects: Effect[],
): WorkerBlocks | undefined {
  if (incarnation <= (books.fenced.get(worker) ?? -1)) return undefined;
  const holder = books.workers.get(worker);
  if (holder !== undefined && holder.incarnation >= incarnation) {
    return holder.incarnation === incarnation && holder.seq < seq ? holder : undefined;
  }
  if (holder !== undefined) effects.push(...closeLife(books, holder));
  if (books.workers.size >= workersMax) return undefined;
  const begun = openWorker(worker, incarnation, totalBlocks);
  books.workers.set(worker, begun);
  return begun;
}

function fence(books: PoolBooks, { worker, incarnation }: WorkerFenced): Effect[] {
  const highest = books.fenced.get(worker) ?? -1;
  if (incarnation <= highest) return [drop("fenced-already", { worker, incarnation })];
  books.fenced.delete(worker);
  books.fenced.set(worker, incarnation);
  if (books.fenced.size > workersMax) forgetOldest(books.fenced);
  const holder = books.workers.get(worker);
  if (holder === undefined || holder.incarnation > incarnation) return [];
  return closeLife(books, holder);
}

/** Everything booked on that life returns. */
function closeLife(books: PoolBooks, holder: WorkerBlocks): Effect[] {
  const { worker, incarnation } = holder;
  const effects: Effect[] = [note("kv.fenced", { worker, incarnation })];
  for (const booking of holder.bookings) effects.push(returnBooking(books, booking));
  books.workers.delete(worker);
  return effects;
}

function forgetOldest(fenced: Map<WorkerId, number>): void {
  for (const oldest of fenced.keys()) {
    fenced.delete(oldest);
    return;
  }
}
