// An invoice's document, made of its draft: plain data, so that the same draft gives the same bytes.

import type { InvoiceDocument, InvoiceLine } from "#shared/model/invoice.ts";
import type { Money } from "#shared/model/money.ts";
import { amountText, minus, sumOf } from "#shared/model/money.ts";
import type { BillingAccount } from "./accounts.ts";
import type { BillingPeriod } from "./billing-period.ts";
import type { CreditUsed } from "./credits.ts";
import type { Draft, DraftLine, PendingAdjustment } from "./draft-invoice.ts";
import type { LineKind, RatedLine } from "./rated-line.ts";

export interface ToDocument {
  readonly number: string | null;
  readonly account: BillingAccount;
  readonly period: BillingPeriod;
  readonly issuedAtEpochMs: number;
  readonly openRequests: number;
  readonly draft: Draft;
  readonly credits: readonly CreditUsed[];
}

export const subtotalOf = (currency: string, { lines, adjustments }: Draft): Money =>
  sumOf(currency, [
    ...lines.map(({ line }) => line.amount),
    ...adjustments.map(({ amount }) => amount),
  ]);

export function invoiceDocument(given: ToDocument): InvoiceDocument {
  const { number, account, period, issuedAtEpochMs, openRequests, draft, credits } = given;
  const { tenant, currency, issuer } = account;
  const subtotal = subtotalOf(currency, draft);
  const paid = sumOf(
    currency,
    credits.map(({ amount }) => amount),
  );
  const lines = [
    ...draft.lines.map((one) => usageLine(one, period.name)),
    ...draft.adjustments.map((one) => adjustmentLine(one, period.name)),
  ].map((line, index) => ({ position: index + 1, ...line }));
  return {
    schema: "fairlead.invoice/1",
    number,
    issuer,
    tenant,
    currency,
    period: { name: period.name, from: iso(period.fromEpochMs), to: iso(period.toEpochMs) },
    issuedAt: iso(issuedAtEpochMs),
    ...(openRequests === 0 ? {} : { openRequests }),
    ...(draft.unpriced.length === 0 ? {} : { unpriced: draft.unpriced }),
    lines,
    subtotal: amountText(subtotal),
    credits: credits.map(({ entry, reason, amount }) => ({
      entry,
      reason,
      amount: amountText(amount),
    })),
    total: amountText(minus(subtotal, paid)),
  };
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

type Unplaced = Omit<InvoiceLine, "position">;

function usageLine({ line, period }: DraftLine, invoicePeriod: string): Unplaced {
  const isLate = period !== invoicePeriod;
  const { kind, book, model, tier, poolClass, of, quantity, unit, price, per, factors, amount } =
    line;
  return {
    kind,
    text: `${isLate ? `late usage of ${period}: ` : ""}${textOf(line)}`,
    period,
    ...(isLate ? { isLate: true } : {}),
    ...(model === "" ? {} : { model }),
    ...(tier === "" ? {} : { tier }),
    ...(poolClass === "" ? {} : { poolClass }),
    ...(of === "" ? {} : { of }),
    book,
    quantity: String(quantity),
    unit,
    price,
    per: String(per),
    ...(factors.length === 0 ? {} : { factors }),
    amount: amountText(amount),
  };
}

const adjustmentLine = (
  { entry, reason, amount }: PendingAdjustment,
  period: string,
): Unplaced => ({
  kind: "adjustment",
  text: reason,
  period,
  of: String(entry),
  quantity: "1",
  unit: "entry",
  price: amountText(amount),
  per: "1",
  amount: amountText(amount),
});

const kindTexts: Readonly<Record<LineKind, string>> = {
  input: "input tokens",
  "cached-input": "cached input tokens",
  output: "output tokens",
  "request-fee": "requests",
  "adapter-use": "requests with adapter",
  "adapter-hour": "adapter kept resident",
  "reserved-gpu-hour": "reserved GPUs of",
  "reserved-pool-month": "reserved pool",
  "monthly-fee": "monthly fee",
  minimum: "filled up to the minimum",
};

function textOf({ kind, model, tier, poolClass, of }: RatedLine): string {
  const what = [
    kindTexts[kind],
    kind === "monthly-fee" ? "" : of.length === 64 ? of.slice(0, 12) : of,
  ];
  const where = [model, tier === "" ? "" : `tier ${tier}`, poolClass].filter((part) => part !== "");
  const head = what.filter((part) => part !== "").join(" ");
  return where.length === 0 ? head : `${head}, ${where.join(", ")}`;
}
