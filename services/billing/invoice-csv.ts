// An invoice as CSV, RFC 4180: one row for each line and credit, and the total. No cell begins a formula in a spreadsheet.

import type { InvoiceDocument } from "#shared/model/invoice.ts";

const titles = [
  "invoice",
  "tenant",
  "period",
  "position",
  "kind",
  "usage_period",
  "text",
  "model",
  "tier",
  "class",
  "of",
  "book",
  "quantity",
  "unit",
  "price",
  "per",
  "factors",
  "amount",
  "currency",
] as const;

type Cells = Readonly<Partial<Record<(typeof titles)[number], string>>>;

export function invoiceCsv(document: InvoiceDocument): string {
  const { number, tenant, period, currency, lines, credits, total } = document;
  const common: Cells = { invoice: number ?? "", tenant, period: period.name, currency };
  const rows: readonly Cells[] = [
    ...lines.map((line) => ({
      position: String(line.position),
      kind: line.kind,
      usage_period: line.period,
      text: line.text,
      model: line.model ?? "",
      tier: line.tier ?? "",
      class: line.poolClass ?? "",
      of: line.of ?? "",
      book: line.book ?? "",
      quantity: line.quantity,
      unit: line.unit,
      price: line.price,
      per: line.per,
      factors: (line.factors ?? []).join(" "),
      amount: line.amount,
    })),
    ...credits.map(({ entry, reason, amount }) => ({
      kind: "credit",
      text: reason,
      of: String(entry),
      amount: `-${amount}`,
    })),
    { kind: "total", amount: total },
  ];
  const lineOf = (cells: Cells): string =>
    titles.map((title) => cell(cells[title] ?? "")).join(",");
  return [titles.join(","), ...rows.map((row) => lineOf({ ...common, ...row }))]
    .map((row) => `${row}\r\n`)
    .join("");
}

/** A reason is an operator's own words; a plain number may be negative. */
function cell(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
