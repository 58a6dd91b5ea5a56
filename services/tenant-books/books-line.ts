// A tenant's books as an edge has them: in another process, asked over the line to that. An edge has no database in a tenant's name.

import type { DeskLine } from "#shared/bus/desk-line.ts";
import { saidIn } from "#shared/bus/desk-line.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";
import type { BooksQuestion, ToldBooks, ToldFault } from "./books-words.ts";
import { booksPath } from "./books-words.ts";

export interface BooksLinePorts {
  readonly line: DeskLine;
  /** `host:port`. Undefined: it is not known who has them. */
  readonly place: () => string | undefined;
}

/** Longer than a question waits for its turn and a statement may take. */
const patienceMs = 8_000;

export function booksLine({ line, place }: BooksLinePorts): BooksDesk {
  const ask = async <Told>(question: BooksQuestion): Promise<Told> => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(question);
    const post = { method: "POST", path: booksPath, headers, body };
    const answer = await line.question(place(), post, patienceMs);
    if (answer.status === 409) throw new BooksError((JSON.parse(answer.text) as ToldFault).fault);
    return saidIn<ToldBooks>(answer).told as Told;
  };
  return {
    series: (tenant, asked) => ask({ ask: "series", tenant, asked }),
    records: (tenant, asked) => ask({ ask: "records", tenant, asked }),
    record: (tenant, asked) => ask({ ask: "record", tenant, asked }),
    quotas: (tenant) => ask({ ask: "quotas", tenant }),
    invoices: (tenant) => ask({ ask: "invoices", tenant }),
    invoice: (tenant, asked) => ask({ ask: "invoice", tenant, asked }),
  };
}
