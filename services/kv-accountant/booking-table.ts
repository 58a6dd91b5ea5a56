// Every booking of the pool, by attempt. Attempts of one request hang on each other: nearly always there is one.

import type { RequestId } from "#shared/model/ids.ts";
import type { Booking } from "./block-pool.ts";

export class BookingTable {
  readonly #newest: Map<RequestId, Booking> = new Map();

  get requests(): number {
    return this.#newest.size;
  }

  find(requestId: RequestId, attempt: number): Booking | undefined {
    let booking = this.#newest.get(requestId);
    while (booking !== undefined && booking.attempt !== attempt) booking = booking.older;
    return booking;
  }

  add(booking: Booking): void {
    booking.older = this.#newest.get(booking.requestId);
    this.#newest.set(booking.requestId, booking);
  }

  remove(booking: Booking): void {
    const { requestId, older } = booking;
    const newest = this.#newest.get(requestId);
    if (newest === booking) {
      if (older === undefined) this.#newest.delete(requestId);
      else this.#newest.set(requestId, older);
      return;
    }
    let newer = newest;
    while (newer !== undefined && newer.older !== booking) newer = newer.older;
    if (newer !== undefined) newer.older = older;
  }
}
