// What a door to tenants asks of a tenant's own books: its usage, request by request and summed, its quotas and its invoices. Law:
// the tenant is whoever the caller's key says, and no answer has a row of another's, or tells whether there is one.

import type { RequestId, TenantId } from "./ids.ts";

export interface BooksDesk {
  /** Where nothing was used there is no row. Rejects with a `BooksError` what it does not answer; otherwise nobody can be asked. */
  series(tenant: TenantId, asked: SeriesAsked): Promise<readonly SeriesPoint[]>;
  /** Newest first. Undefined: `after` is no request of this tenant's, or not of those that the caller sees. */
  records(tenant: TenantId, asked: RecordsAsked): Promise<readonly BooksRecord[] | undefined>;
  record(tenant: TenantId, asked: RecordAsked): Promise<BooksRecord | undefined>;
  quotas(tenant: TenantId): Promise<readonly BooksQuota[]>;
  /** Newest first. */
  invoices(tenant: TenantId): Promise<readonly BooksInvoice[]>;
  /** The text in that format; JSON is what was issued, to the byte. */
  invoice(tenant: TenantId, asked: InvoiceAsked): Promise<string | undefined>;
}

export const booksGroups = ["model", "adapter", "class"] as const;
/** An adapter is its digest, empty for the base model; a class is the pool's. */
export type BooksGroup = (typeof booksGroups)[number];

export const booksSteps = ["minute", "hour", "day", "month"] as const;
/** Of UTC. */
export type BooksStep = (typeof booksSteps)[number];

/** What a key that is narrowed to some models may see of its tenant's usage. */
export interface SeenModel {
  readonly model: string;
  /** Absent: the model and all of its adapters. */
  readonly adapterDigest?: string;
}

/** Absent: all that is the tenant's. */
interface Narrowed {
  readonly seen?: readonly SeenModel[];
}

export interface SeriesAsked extends Narrowed {
  /** Whole minutes: what lies in [from, to). */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly step: BooksStep;
  readonly by: readonly BooksGroup[];
}

/** A request is counted where it arrived, its output where it was delivered, before or after a midnight. */
export interface BooksFigures {
  readonly requests: number;
  /** Of `requests`, those whose figures do not grow any more. */
  readonly settledRequests: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

export interface SeriesPoint extends BooksFigures {
  /** Of its step. */
  readonly startsAtEpochMs: number;
  /** What was asked to be told apart. */
  readonly group: Readonly<Partial<Record<BooksGroup, string>>>;
}

/** Of one answer. */
export const pointsMax = 2_000;

export interface RecordsAsked extends Narrowed {
  /** Arrived in [from, to). */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly limit: number;
  /** Only what comes after this one: the last of the page before. */
  readonly after?: RequestId;
}

export interface RecordAsked extends Narrowed {
  readonly requestId: RequestId;
}

/** One request as it is billed. What is the platform's own affair (workers, GPU time, KV blocks) is not in it. */
export interface BooksRecord {
  readonly requestId: RequestId;
  /** False: its figures still grow. */
  readonly isFinal: boolean;
  readonly arrivedAtEpochMs: number;
  readonly model: string;
  readonly modelVersion: string;
  /** Empty: the base model. */
  readonly adapterDigest: string;
  readonly poolClass: string;
  readonly tier: string;
  /** Empty: no worker ran it. */
  readonly zone: string;
  readonly outcome: string;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** The midnight that its output crossed; 0: none. */
  readonly splitAtEpochMs: number;
  readonly outputTokensBefore: number;
  readonly queueMs: number;
  readonly attempts: number;
}

export interface BooksQuota {
  /** `day`, `month`, … */
  readonly period: string;
  /** `tokens`, … */
  readonly metric: string;
  readonly mode: "soft" | "hard";
  readonly limit: number;
  /** What requests that run may still use included. Absent: nobody has asked for it since the tenant's queue was placed. */
  readonly used?: number;
  readonly endsAtEpochMs: number;
}

export interface BooksInvoice {
  readonly number: string;
  /** `2026-11`. */
  readonly period: string;
  readonly currency: string;
  /** Decimal text. */
  readonly total: string;
  readonly issuedAtEpochMs: number;
  readonly isVoid: boolean;
}

export const invoiceFormats = ["json", "csv", "html"] as const;
export type InvoiceFormat = (typeof invoiceFormats)[number];

export interface InvoiceAsked {
  readonly number: string;
  readonly format: InvoiceFormat;
}

/** `busy`: too many questions at once. `too_many_points`: more than one answer has. */
export type BooksFault = "busy" | "too_many_points";

/** The question was understood, and is not answered like this, or now. */
export class BooksError extends Error {
  readonly code: BooksFault;

  constructor(code: BooksFault) {
    super(`the books were not asked: ${code}`);
    this.name = "BooksError";
    this.code = code;
  }
}
