// The billing desk as operators use it: what is asked, what comes of it, and why nothing was done.

import type { InvoiceDocument } from "./invoice.ts";
import type { PriceBook } from "./price-book.ts";

export type BillingFault =
  | "bad_price_file"
  | "bad_amount"
  | "bad_period"
  | "currency_mismatch"
  | "no_account"
  | "period_not_over"
  | "accounts_open"
  | "unpriced_usage"
  | "nothing_to_bill"
  | "unknown_invoice"
  | "unknown_entry"
  | "unknown_tenant"
  | "unknown_book"
  | "already_done"
  | "too_much"
  | "key_reused"
  | "bad_cursor";

export interface PriceProblem {
  /** From 1. */
  readonly line: number;
  readonly path: string;
  readonly problem: string;
}

/** Nothing was changed. */
export class BillingError extends Error {
  readonly code: BillingFault;
  readonly problems: readonly PriceProblem[];

  constructor(code: BillingFault, message: string, problems: readonly PriceProblem[] = []) {
    super(message);
    this.name = "BillingError";
    this.code = code;
    this.problems = problems;
  }
}

export interface PricesApplied {
  readonly isDryRun: boolean;
  readonly booksAdded: readonly string[];
  readonly booksStanding: readonly string[];
  readonly accountsChanged: readonly string[];
  /** What is allowed, and may be a mistake. */
  readonly notes: readonly string[];
}

export interface StandingBook extends PriceBook {
  /** When it really ends: a later one of its scope may end it. Absent: not yet. */
  readonly endsAtEpochMs?: number;
}

export interface Issued {
  readonly document: InvoiceDocument;
  /** False: it stood already, and this is what was issued then. */
  readonly isNew: boolean;
}

export interface InvoiceStanding {
  readonly number: string;
  readonly tenant: string;
  readonly period: string;
  readonly currency: string;
  readonly total: string;
  readonly writtenOff: string;
  readonly issuedAtEpochMs: number;
  readonly isVoid: boolean;
}

export interface IssueWish {
  readonly tenant: string;
  readonly period: string;
  /** Though requests of the period are open: these come late. */
  readonly isForced: boolean;
}

export interface IssuedAll {
  readonly tenants: readonly {
    readonly tenant: string;
    readonly number?: string;
    readonly isNew?: boolean;
    readonly refused?: { readonly code: BillingFault; readonly message: string };
  }[];
  /** From where to go on; absent: that was all. */
  readonly next?: string;
}

export type EntryKind =
  | "credit-grant"
  | "credit-use"
  | "credit-return"
  | "dispute-opened"
  | "dispute-resolved"
  | "adjustment"
  | "write-off"
  | "invoice-void";

export interface BillingEntry {
  readonly seq: number;
  readonly tenant: string;
  readonly kind: EntryKind;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string;
  readonly invoice?: string;
  readonly line?: number;
  readonly requestId?: string;
  readonly ofEntry?: number;
  readonly actor: string;
  readonly atEpochMs: number;
  readonly expiresAtEpochMs?: number;
}

export interface Reference {
  readonly invoice?: string;
  readonly line?: number;
  readonly requestId?: string;
}

export interface NewEntry extends Reference {
  readonly tenant: string;
  readonly amount: string;
  /** Absent: the tenant's. Another is refused. */
  readonly currency?: string;
  readonly reason: string;
  /** Said twice with the same key it is entered once. */
  readonly key: string;
  readonly expiresAtEpochMs?: number;
}

export interface TenantBooks {
  readonly tenant: string;
  readonly currency: string;
  /** Granted, not used and not expired. */
  readonly credit: string;
  readonly disputed: string;
  /** Adjustments that the next invoice will have. */
  readonly pending: string;
  readonly entries: readonly BillingEntry[];
}

export type ExportFormat = "cloudevents" | "stripe";

export interface ExportPage {
  readonly events: readonly object[];
  /** Of the last event told: the next page begins after it. */
  readonly cursor: string;
  readonly hasMore: boolean;
  /** Tenants of this page that have no customer there: their usage was left out. */
  readonly unmapped: readonly string[];
}

export interface BillingDesk {
  applyPrices(text: string, actor: string, isDryRun: boolean): Promise<PricesApplied>;
  books(): Promise<readonly StandingBook[]>;
  issue(wish: IssueWish, actor: string): Promise<Issued>;
  issueAll(
    wish: Omit<IssueWish, "tenant"> & { readonly after: string },
    actor: string,
  ): Promise<IssuedAll>;
  preview(tenant: string, period: string): Promise<InvoiceDocument>;
  csv(document: InvoiceDocument): string;
  /** HTML. */
  page(document: InvoiceDocument): string;
  /** As it was issued, to the byte. */
  invoiceText(number: string): Promise<string>;
  invoices(filter: {
    readonly tenant?: string;
    readonly limit: number;
  }): Promise<readonly InvoiceStanding[]>;
  voidInvoice(number: string, reason: string, actor: string): Promise<BillingEntry>;
  writeOff(
    wish: Omit<NewEntry, "tenant"> & { readonly invoice: string },
    actor: string,
  ): Promise<BillingEntry>;
  grantCredit(wish: NewEntry, actor: string): Promise<BillingEntry>;
  adjust(wish: NewEntry, actor: string): Promise<BillingEntry>;
  openDispute(wish: NewEntry, actor: string): Promise<BillingEntry>;
  /** An amount of 0 is in the issuer's favour; more is given as a credit. */
  resolveDispute(
    wish: { readonly dispute: number; readonly amount: string; readonly reason: string },
    actor: string,
  ): Promise<BillingEntry>;
  tenantBooks(tenant: string, limit: number): Promise<TenantBooks>;
  /** Notes what is new in whole minutes of that stretch; answers how many. */
  collect(fromEpochMs: number, toEpochMs: number): Promise<number>;
  exported(format: ExportFormat, after: string, limit: number): Promise<ExportPage>;
}
