// Which of a tenant's own books a path names. Pure.

import type { RequestId } from "#shared/model/ids.ts";

export type BooksRoute = { readonly kind: "books" } & (
  | { readonly asks: "usage" | "requests" | "quotas" | "invoices" }
  | { readonly asks: "request"; readonly requestId: RequestId }
  | { readonly asks: "invoice"; readonly number: string }
);

const lists: ReadonlyMap<string, BooksRoute> = new Map([
  ["/v1/usage", { kind: "books", asks: "usage" }],
  ["/v1/usage/requests", { kind: "books", asks: "requests" }],
  ["/v1/quotas", { kind: "books", asks: "quotas" }],
  ["/v1/invoices", { kind: "books", asks: "invoices" }],
]);

/** As it stands in the header `x-request-id`, or in the reply's `id`. */
export const requestIdForm: RegExp = /^(?:chatcmpl-|cmpl-)?([\w-]{1,64})$/;

const requestPrefix = "/v1/usage/requests/";
const invoicePath = /^\/v1\/invoices\/([\w.-]{1,64})$/;

/** Undefined: none of them. What can be nobody's id is asked of nobody. */
export function findBooks(path: string): BooksRoute | undefined {
  const list = lists.get(path);
  if (list !== undefined) return list;
  const requestId = path.startsWith(requestPrefix)
    ? requestIdForm.exec(path.slice(requestPrefix.length))?.[1]
    : undefined;
  if (requestId !== undefined) {
    return { kind: "books", asks: "request", requestId: requestId as RequestId };
  }
  const number = invoicePath.exec(path)?.[1];
  return number === undefined ? undefined : { kind: "books", asks: "invoice", number };
}
