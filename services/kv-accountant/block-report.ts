// What a worker's report does to its books: totals follow the engine, unknown sequences are booked as reported,
// and a difference that outlives two reports is an alarm. Ordinary differences, a start or an end in flight, are not.

import type { BlockReport } from "#shared/messages/to-kv-accountant.ts";
import type { Booking, WorkerBlocks } from "./block-pool.ts";
import type { BookingTable } from "./booking-table.ts";
import type { TenantHoldings } from "./tenant-holdings.ts";
import { audit, bookAsReported, giveBack, raiseAsReported, resize } from "./block-pool.ts";

/** Reports in a row that show the same difference before it is believed. */
const shortReportsMax = 2;
/** Ten seconds of reports without it: no start can be on its way any more, and its release was lost. */
const missedBeatsMax = 20;
/** A worker leaves out no more than that; one that claims more does not make bookings orphans sooner. */
const beatsMax = 10;

/** What the report taught. */
export interface ReportOutcome {
  /** Booked because the engine holds them, and given back because it no longer does. */
  readonly added: readonly Booking[];
  readonly gone: readonly Booking[];
  /** Booked too little, over two reports, for sequences that hold more. */
  readonly shortBlocks: number;
  /** Booked for attempts that nobody runs. */
  readonly orphanBlocks: number;
}

/** The pool's books, kept in step with the worker's own. */
export interface PoolBookings {
  readonly bookings: BookingTable;
  readonly holdings: TenantHoldings;
}

export function applyReport(
  worker: WorkerBlocks,
  report: BlockReport,
  { bookings, holdings }: PoolBookings,
): ReportOutcome {
  worker.seq = report.seq;
  if (report.totalBlocks !== worker.totalBlocks) resize(worker, report.totalBlocks);
  const beats = Math.max(1, Math.min(report.beats ?? 1, beatsMax));
  for (const booking of worker.bookings) miss(booking, beats);
  const added: Booking[] = [];
  let shortBlocks = 0;
  for (const sequence of report.sequences) {
    const booking = bookings.find(sequence.requestId, sequence.attempt);
    if (booking === undefined) {
      const { requestId, attempt, tenant, blocks } = sequence;
      const holding = holdings.of(tenant);
      const found = bookAsReported(worker, { requestId, attempt, holding, blocks });
      bookings.add(found);
      added.push(found);
    } else if (booking.worker === worker) {
      shortBlocks += follow(booking, sequence.blocks);
    }
  }
  const gone = unseen(worker);
  let orphanBlocks = 0;
  for (const booking of gone) {
    giveBack(booking);
    bookings.remove(booking);
    if (!booking.isForeign) orphanBlocks += booking.blocks;
  }
  audit(worker);
  return { added, gone, shortBlocks, orphanBlocks };
}

/** The first report without it may be from just after it was booked, however many beats it stands for. */
function miss(booking: Booking, beats: number): void {
  booking.missedBeats += booking.missedBeats === 0 ? 1 : beats;
}

/** Raises the booking to what is reported once that persists; answers by how much, if it was a surprise. */
function follow(booking: Booking, reportedBlocks: number): number {
  booking.missedBeats = 0;
  const shortBlocks = reportedBlocks - booking.blocks;
  booking.shortReports = shortBlocks > 0 ? booking.shortReports + 1 : 0;
  if (shortBlocks <= 0) return 0;
  if (booking.shortReports < shortReportsMax && !booking.isForeign) return 0;
  raiseAsReported(booking, reportedBlocks);
  booking.shortReports = 0;
  return booking.isForeign ? 0 : shortBlocks;
}

function unseen(worker: WorkerBlocks): Booking[] {
  const gone: Booking[] = [];
  for (const booking of worker.bookings) {
    const patience = booking.isForeign ? 1 : missedBeatsMax;
    if (booking.missedBeats >= patience) gone.push(booking);
  }
  return gone;
}
