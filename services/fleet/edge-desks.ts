// The desks of the registry's process as an edge has them: one line to all of them, each where coordination says that it is.

import { DeskLine } from "#shared/bus/desk-line.ts";
import type { AdapterDesk } from "#shared/model/adapter-desk.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { AdapterLine } from "#services/adapter-intake/adapter-line.ts";
import { booksLine } from "#services/tenant-books/books-line.ts";
import { watchDesk } from "./desk-place.ts";
import type { FleetProcess } from "./fleet-process.ts";

export interface EdgeDesks {
  readonly adapters: AdapterDesk;
  readonly books: BooksDesk;
}

/** `fleet`: of this edge. */
export function edgeDesks(
  { servers: { coordination, trust }, plan: { closers } }: FleetProcess,
  fleet: () => Fleet,
): EdgeDesks {
  const line = new DeskLine(trust);
  const intake = watchDesk(coordination, "intake");
  const books = watchDesk(coordination, "books");
  closers.add(() => {
    intake.stop();
    books.stop();
    line.close();
  });
  return {
    adapters: new AdapterLine({ line, place: intake.place, fleet }),
    books: booksLine({ line, place: books.place }),
  };
}
