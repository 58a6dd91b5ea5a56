// Who has booked how many KV blocks on which worker. Laws, asserted at every change: booked + free = total +
// overcommitted; free and overcommitted are never negative and never both above zero; no reservation and no
// extension creates overcommitment, only an engine's own report does; a booking returns exactly once; a tenant holds
// the sum of its bookings.

import { assert } from "#shared/actor/assert.ts";
import type { RequestId, WorkerId } from "#shared/model/ids.ts";
import type { TenantHolding } from "./tenant-holdings.ts";

export interface Booking {
  readonly requestId: RequestId;
  readonly attempt: number;
  /** Its tenant's, over all workers. */
  readonly holding: TenantHolding;
  readonly worker: WorkerBlocks;
  blocks: number;
  /** The latest place that asked for it; 0: found in a report. */
  place: number;
  /** Found in a report, not booked by the router: it returns when a later report no longer has it. */
  isForeign: boolean;
  /** Beats in a row whose reports did not have it. */
  missedBeats: number;
  /** Reports in a row that gave it more than is booked. */
  shortReports: number;
  /** Another attempt of the same request; see `booking-table.ts`. */
  older: Booking | undefined;
}

/** Who books how much. */
export type BookingTerms = Pick<Booking, "requestId" | "attempt" | "holding" | "blocks"> &
  Partial<Pick<Booking, "place">>;

/** One life of one worker. */
export interface WorkerBlocks {
  readonly worker: WorkerId;
  readonly incarnation: number;
  totalBlocks: number;
  bookedBlocks: number;
  freeBlocks: number;
  /** By how much the engine's truth exceeds its own total: shared prefixes count for each sequence that holds them. */
  overcommittedBlocks: number;
  readonly bookings: Set<Booking>;
  /** Of the last report. */
  seq: number;
  /** Reports that were believed against the books, in this life. */
  drifts: number;
}

export function openWorker(
  worker: WorkerId,
  incarnation: number,
  totalBlocks: number,
): WorkerBlocks {
  return {
    worker,
    incarnation,
    totalBlocks,
    bookedBlocks: 0,
    freeBlocks: totalBlocks,
    overcommittedBlocks: 0,
    bookings: new Set(),
    seq: -1,
    drifts: 0,
  };
}

/** Books the blocks if they are free; nothing otherwise. */
export function book(worker: WorkerBlocks, terms: BookingTerms): Booking | undefined {
  return terms.blocks > worker.freeBlocks ? undefined : enter(worker, terms, false);
}

/** Raises a booking to `blocks` in all if the rest is free. True: it has them. */
export function extend(booking: Booking, blocks: number): boolean {
  const more = blocks - booking.blocks;
  if (more <= 0) return true;
  if (more > booking.worker.freeBlocks) return false;
  grow(booking, more);
  return true;
}

/** Books what an engine holds whatever is free: it is the truth. */
export const bookAsReported = (worker: WorkerBlocks, terms: BookingTerms): Booking =>
  enter(worker, terms, true);

export function raiseAsReported(booking: Booking, blocks: number): void {
  assert(blocks >= booking.blocks, "a report only raises a booking");
  grow(booking, blocks - booking.blocks);
}

export function giveBack(booking: Booking): void {
  const { worker, holding, blocks } = booking;
  assert(worker.bookings.delete(booking), "blocks return exactly once");
  holding.bookings -= 1;
  hold(holding, -blocks);
  move(worker, -blocks);
}

/** The engine says how many blocks it has. */
export function resize(worker: WorkerBlocks, totalBlocks: number): void {
  assert(Number.isSafeInteger(totalBlocks) && totalBlocks >= 0, "blocks are whole");
  move(worker, 0, totalBlocks - worker.totalBlocks);
}

/** The sum itself, O(bookings): at each report. */
export function audit(worker: WorkerBlocks): void {
  let sum = 0;
  for (const booking of worker.bookings) sum += booking.blocks;
  assert(sum === worker.bookedBlocks, "the books add up");
}

function enter(worker: WorkerBlocks, terms: BookingTerms, isForeign: boolean): Booking {
  const { requestId, attempt, holding, blocks, place = 0 } = terms;
  assert(Number.isSafeInteger(blocks) && blocks >= 0, "blocks are whole");
  const booking: Booking = {
    requestId,
    attempt,
    holding,
    worker,
    blocks,
    place,
    isForeign,
    missedBeats: 0,
    shortReports: 0,
    older: undefined,
  };
  worker.bookings.add(booking);
  holding.bookings += 1;
  hold(holding, blocks);
  move(worker, blocks);
  return booking;
}

function grow(booking: Booking, more: number): void {
  booking.blocks += more;
  hold(booking.holding, more);
  move(booking.worker, more);
}

function hold(holding: TenantHolding, more: number): void {
  holding.heldBlocks += more;
  assert(holding.heldBlocks >= 0, "a tenant holds what is booked for it");
}

// `free` is carried along, not derived, so that the assertion can fail.
function move(worker: WorkerBlocks, booked: number, grown: number = 0): void {
  const left = worker.freeBlocks - worker.overcommittedBlocks - booked + grown;
  worker.bookedBlocks += booked;
  worker.totalBlocks += grown;
  worker.freeBlocks = left > 0 ? left : 0;
  worker.overcommittedBlocks = left < 0 ? -left : 0;
  assert(
    worker.bookedBlocks >= 0 &&
      worker.bookedBlocks + worker.freeBlocks === worker.totalBlocks + worker.overcommittedBlocks,
    "blocks are conserved",
  );
}
