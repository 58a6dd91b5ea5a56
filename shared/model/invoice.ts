// An invoice as it was issued: plain data, schema `fairlead.invoice/1`. Law: Σ lines = subtotal, subtotal − Σ credits = total, to the
// last minor unit; amounts and quantities are decimal text, so that no reader's float loses a digit.

export interface InvoiceLine {
  readonly position: number;
  /** `input`, `cached-input`, `output`, `request-fee`, `adapter-use`, `adapter-hour`, `reserved-gpu-hour`, `reserved-pool-month`, `monthly-fee`, `minimum`, `adjustment`. */
  readonly kind: string;
  /** In words. */
  readonly text: string;
  /** In which it was used: an earlier one than the invoice's, if it came late. */
  readonly period: string;
  readonly isLate?: true;
  readonly model?: string;
  readonly tier?: string;
  readonly poolClass?: string;
  /** An adapter, a pool, an entry. */
  readonly of?: string;
  /** Whose price it is. */
  readonly book?: string;
  readonly quantity: string;
  readonly unit: string;
  /** For `per` units. */
  readonly price: string;
  readonly per: string;
  /** Multiply the price: of the tier, of the pool's class. */
  readonly factors?: readonly string[];
  readonly amount: string;
}

export interface InvoiceCredit {
  /** The entry that granted it. */
  readonly entry: number;
  readonly reason: string;
  readonly amount: string;
}

export interface InvoiceDocument {
  readonly schema: "fairlead.invoice/1";
  /** Without gaps for each issuer. A preview has none. */
  readonly number: string | null;
  readonly issuer: { readonly id: string; readonly name: string; readonly address: string };
  readonly tenant: string;
  readonly currency: string;
  readonly period: { readonly name: string; readonly from: string; readonly to: string };
  /** Of a preview: when it was made. */
  readonly issuedAt: string;
  /** Requests that were still open and come late; only where it was forced. */
  readonly openRequests?: number;
  /** Only of a preview: why it could not be issued as it is. */
  readonly unpriced?: readonly string[];
  readonly lines: readonly InvoiceLine[];
  readonly subtotal: string;
  readonly credits: readonly InvoiceCredit[];
  /** Negative: owed to the tenant. */
  readonly total: string;
}
