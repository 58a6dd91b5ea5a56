// What an edge and the process that has the books say to each other over HTTP. Law: the tenant is whoever the edge says that it is,
// for it knows the key; only an edge is heard.

import type {
  BooksFault,
  InvoiceAsked,
  RecordAsked,
  RecordsAsked,
  SeriesAsked,
} from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";

export const booksPath = "/books";

export type BooksQuestion = { readonly tenant: TenantId } & (
  | { readonly ask: "series"; readonly asked: SeriesAsked }
  | { readonly ask: "records"; readonly asked: RecordsAsked }
  | { readonly ask: "record"; readonly asked: RecordAsked }
  | { readonly ask: "quotas" }
  | { readonly ask: "invoices" }
  | { readonly ask: "invoice"; readonly asked: InvoiceAsked }
);

/** Of status 200. Absent: there is no such thing. */
export interface ToldBooks {
  readonly told?: unknown;
}

/** Of status 409. */
export interface ToldFault {
  readonly fault: BooksFault;
}

/** What is asked is that small. */
export const questionBytesMax: number = 256 * 1024;
