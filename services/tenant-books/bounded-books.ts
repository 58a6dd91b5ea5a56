// How many questions about books are worked at: a few at once, some more wait a moment, and a tenant has its part of both. The
// database keeps bills and the desired state: whoever asks without end is in nobody's way but its own.

import type { BooksDesk } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";

export interface BooksBounds {
  readonly atOnce: number;
  readonly waiting: number;
  /** Waiting or worked at. */
  readonly perTenant: number;
  readonly patienceMs: number;
}

/** Half of the connections that a process has to its database. */
const boundsDefault: BooksBounds = { atOnce: 3, waiting: 32, perTenant: 4, patienceMs: 2_000 };

/** Rejects with a `BooksError` what finds no place. */
export function boundedBooks(books: BooksDesk, bounds: BooksBounds = boundsDefault): BooksDesk {
  const places = new Places(bounds);
  return {
    series: (tenant, asked) => places.take(tenant, () => books.series(tenant, asked)),
    records: (tenant, asked) => places.take(tenant, () => books.records(tenant, asked)),
    record: (tenant, asked) => places.take(tenant, () => books.record(tenant, asked)),
    quotas: (tenant) => places.take(tenant, () => books.quotas(tenant)),
    invoices: (tenant) => places.take(tenant, () => books.invoices(tenant)),
    invoice: (tenant, asked) => places.take(tenant, () => books.invoice(tenant, asked)),
  };
}

class Places {
  readonly #bounds: BooksBounds;
  readonly #byTenant = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(bounds: BooksBounds) {
    this.#bounds = bounds;
  }

  async take<Told>(tenant: string, work: () => Promise<Told>): Promise<Told> {
    const own = this.#byTenant.get(tenant) ?? 0;
    if (own >= this.#bounds.perTenant) throw new BooksError("busy");
    this.#byTenant.set(tenant, own + 1);
    try {
      await this.#place();
      try {
        return await work();
      } finally {
        this.#leave();
      }
    } finally {
      const left = (this.#byTenant.get(tenant) ?? 1) - 1;
      if (left === 0) this.#byTenant.delete(tenant);
      else this.#byTenant.set(tenant, left);
    }
  }

  #place(): Promise<void> {
    const { atOnce, waiting, patienceMs } = this.#bounds;
    if (this.#taken < atOnce) {
      this.#taken += 1;
      return Promise.resolve();
    }
    if (this.#waiting.size >= waiting) return Promise.reject(new BooksError("busy"));
    return new Promise((resolve, reject) => {
      const next = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(next);
        reject(new BooksError("busy"));
      }, patienceMs);
      this.#waiting.add(next);
    });
  }

  /** Its place is the next one's. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
