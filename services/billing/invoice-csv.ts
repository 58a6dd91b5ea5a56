// An invoice as CSV: one row for each line and credit, and the total.

import { csvText } from "#shared/model/csv-text.ts";
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
  return csvText(
    titles,
    rows.map((row) => {
      const cells: Cells = { ...common, ...row };
      return titles.map((title) => cells[title] ?? "");
    }),
  );
}
