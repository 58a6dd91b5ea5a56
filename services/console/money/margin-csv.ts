// The margin report as CSV: one record a line, then what belongs to no shape, then the total.

import { csvText } from "#shared/model/csv-text.ts";
import type { MarginLine, MarginReport } from "#shared/model/margin.ts";
import { shapeWords } from "#shared/model/margin.ts";

const partNames = ["input", "cachedInput", "output", "fees", "adapters", "reserved"] as const;

const titles = [
  "kind",
  "tenant",
  "model",
  "adapter_digest",
  "class",
  "currency",
  "revenue",
  "input",
  "cached_input",
  "output",
  "fees",
  "adapters",
  "reserved",
  "direct_cost",
  "recompute_cost",
  "allocated_cost",
  "margin",
  "margin_percent",
];

export function marginCsv(report: MarginReport): string {
  const { lines, unattributed, rounding, total, currency } = report;
  const nothing = titles.map(() => "");
  const named = (kind: string, given: Readonly<Record<string, string>>): readonly string[] =>
    nothing.map((_, index) => {
      const title = titles[index] ?? "";
      return title === "kind" ? kind : title === "currency" ? currency : (given[title] ?? "");
    });
  return csvText(titles, [
    ...lines.map((line) => lineCells(line, currency)),
    named("unattributed", {
      direct_cost: unattributed.cost,
      margin: negatedText(unattributed.cost),
    }),
    named("rounding", { revenue: rounding, margin: rounding }),
    named("total", {
      revenue: total.revenue,
      margin: total.margin,
      margin_percent: total.marginPercent ?? "",
    }),
  ]);
}

const negatedText = (text: string): string =>
  text.startsWith("-") ? text.slice(1) : /^[0.]*$/.test(text) ? text : `-${text}`;

const lineCells = (line: MarginLine, currency: string): readonly string[] => [
  "shape",
  ...shapeWords.map((word) => line.shape[word] ?? ""),
  currency,
  line.revenue,
  ...partNames.map((part) => line.parts[part]),
  line.direct,
  line.recompute,
  line.allocated,
  line.margin,
  line.marginPercent ?? "",
];
