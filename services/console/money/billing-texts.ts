// The billing desk's answers as text for people.

import type {
  BillingEntry,
  InvoiceStanding,
  IssuedAll,
  PricesApplied,
  StandingBook,
  TenantBooks,
} from "#shared/model/billing-desk.ts";
import type { InvoiceDocument } from "#shared/model/invoice.ts";
import { textTable } from "#services/console/text-table.ts";

const moment = (epochMs: number | undefined): string =>
  epochMs === undefined ? "" : new Date(epochMs).toISOString();

export function pricesText({
  isDryRun,
  booksAdded,
  booksStanding,
  accountsChanged,
  notes,
}: PricesApplied): string {
  const names = (list: readonly string[]): string =>
    list.slice(0, 20).join(", ") + (list.length > 20 ? `, and ${list.length - 20} more` : "");
  const lines = [
    ...(booksAdded.length === 0 ? [] : [`books added: ${names(booksAdded)}`]),
    ...(booksStanding.length === 0 ? [] : [`books that stood already: ${names(booksStanding)}`]),
    ...(accountsChanged.length === 0
      ? []
      : [`accounts added or changed: ${names(accountsChanged)}`]),
  ];
  const head = isDryRun ? ["nothing was changed; applied, it would be:"] : [];
  return [
    ...head,
    ...(lines.length === 0 ? ["nothing differs"] : lines),
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}

export const booksText = ({ books }: { readonly books: readonly StandingBook[] }): string =>
  textTable(
    ["BOOK", "CURRENCY", "FOR", "FROM", "TO"],
    books.map((book) => [
      book.id,
      book.currency,
      book.tenant || "all",
      moment(book.fromEpochMs),
      moment(book.endsAtEpochMs),
    ]),
  );

export const bookText = (book: StandingBook): string =>
  [booksText({ books: [book] }), "", JSON.stringify(book.rates, undefined, 2)].join("\n");

export const invoicesText = ({
  invoices,
}: {
  readonly invoices: readonly InvoiceStanding[];
}): string =>
  textTable(
    ["INVOICE", "TENANT", "PERIOD", "TOTAL", "CURRENCY", "ISSUED", "STATE"],
    invoices.map((one) => [
      one.number,
      one.tenant,
      one.period,
      one.total,
      one.currency,
      moment(one.issuedAtEpochMs),
      stateOf(one),
    ]),
  );

function stateOf({ isVoid, writtenOff }: InvoiceStanding): string {
  if (isVoid) return "void";
  return /^[0.]+$/.test(writtenOff) ? "" : `${writtenOff} written off`;
}

export function invoiceText(document: InvoiceDocument): string {
  const {
    number,
    tenant,
    period,
    currency,
    lines,
    credits,
    subtotal,
    total,
    unpriced = [],
    openRequests,
  } = document;
  const head =
    number === null
      ? `preview for ${tenant}, ${period.name}`
      : `invoice ${number} for ${tenant}, ${period.name}`;
  return [
    head,
    textTable(
      ["#", "WHAT", "QUANTITY", "PRICE", currency],
      lines.map((line) => [
        line.position,
        line.text,
        line.quantity,
        `${line.price} / ${line.per} ${line.unit}`,
        line.amount,
      ]),
    ),
    "",
    ...(credits.length === 0 ? [] : [`subtotal ${subtotal} ${currency}`]),
    ...credits.map(
      ({ entry, reason, amount }) => `credit ${entry}: -${amount} ${currency} (${reason})`,
    ),
    `total ${total} ${currency}`,
    ...(openRequests === undefined
      ? []
      : [`note: ${openRequests} requests of the period were not over: they come late`]),
    ...unpriced.map((what) => `note: without a price: ${what}`),
  ].join("\n");
}

export const issuedAllText = (tenants: IssuedAll["tenants"]): string =>
  textTable(
    ["TENANT", "INVOICE", "WHY NOT"],
    tenants.map(({ tenant, number = "", isNew, refused }) => [
      tenant,
      isNew === false ? `${number} (before)` : number,
      refused === undefined ? "" : refused.message,
    ]),
  );

export const entryText = ({ seq, kind, tenant, amount, currency, invoice }: BillingEntry): string =>
  `entry ${seq}: ${kind} of ${amount} ${currency} for ${tenant}${invoice === undefined ? "" : `, invoice ${invoice}`}`;

export const tenantBooksText = ({
  tenant,
  currency,
  credit,
  disputed,
  pending,
  entries,
}: TenantBooks): string =>
  [
    `${tenant}: ${credit} ${currency} of credit, ${disputed} in dispute, ${pending} for the next invoice`,
    "",
    textTable(
      ["ENTRY", "AT", "KIND", "AMOUNT", "OF", "INVOICE", "EXPIRES", "BY", "REASON"],
      entries.map((one) => [
        one.seq,
        moment(one.atEpochMs),
        one.kind,
        one.amount,
        one.ofEntry ?? "",
        one.invoice ?? "",
        moment(one.expiresAtEpochMs),
        one.actor,
        one.reason.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?"),
      ]),
    ),
  ].join("\n");
