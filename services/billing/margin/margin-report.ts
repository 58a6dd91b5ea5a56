// The margin report of shape books: what was brought, what it cost, and what is left, summed as it was asked. Law: its lines, what is
// unattributed and the rounding add up to its total, whatever it is summed by.

import type { MarginLine, MarginReport, RevenueParts, Shape } from "#shared/model/margin.ts";
import { shapeName, shapeWords } from "#shared/model/margin.ts";
import {
  addFigures,
  directOf,
  lossOf,
  noFigures,
  revenueOf,
} from "#shared/model/margin-factors.ts";
import { amountText } from "#shared/model/money.ts";
import type { ShapeBook } from "./shape-book.ts";
import { figuresOf, plus } from "./shape-book.ts";
import { noRevenue, revenueParts } from "./shape-revenue.ts";

export interface ReportTerms {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly currency: string;
  readonly books: readonly ShapeBook[];
  readonly unattributed: { readonly gpuUs: number; readonly nanos: bigint };
  readonly rounding: bigint;
  readonly unpricedUs: number;
  readonly notes: readonly string[];
}

const keptBy: Readonly<Record<MarginReport["by"], readonly (keyof Shape)[]>> = {
  tenant: ["tenant"],
  model: ["model"],
  adapter: ["model", "adapterDigest"],
  class: ["poolClass"],
  shape: shapeWords,
};

export function marginReport(terms: ReportTerms, by: MarginReport["by"]): MarginReport {
  const { books, currency, unattributed, rounding, fromEpochMs, toEpochMs } = terms;
  const text = (nanos: bigint): string => amountText({ currency, nanos });
  const kept = keptBy[by];
  const sums = Map.groupBy(books, ({ shape }) => shapeName(narrowed(shape, kept)));
  const lines = [...sums.values()].map((of) => lineOf(of, kept, text));
  const whole = books.map(figuresOf).reduce(addFigures, noFigures);
  const revenue = revenueOf(whole) + rounding;
  const cost = lossOf(whole) + revenueOf(whole) + unattributed.nanos;
  return {
    fromEpochMs,
    toEpochMs,
    currency,
    by,
    lines: lines.toSorted((a, b) => a.loss - b.loss).map(({ line }) => line),
    unattributed: { gpuUs: unattributed.gpuUs, cost: text(unattributed.nanos) },
    rounding: text(rounding),
    total: {
      revenue: text(revenue),
      cost: text(cost),
      margin: text(revenue - cost),
      ...percentOf(revenue - cost, revenue),
    },
    unpricedUs: terms.unpricedUs,
    notes: terms.notes,
  };
}

const narrowed = (shape: Shape, kept: readonly (keyof Shape)[]): Shape => ({
  tenant: "",
  model: "",
  adapterDigest: "",
  poolClass: "",
  ...Object.fromEntries(kept.map((word) => [word, shape[word]])),
});

/** Least margin first. */
function lineOf(
  books: readonly ShapeBook[],
  kept: readonly (keyof Shape)[],
  text: (nanos: bigint) => string,
): { readonly line: MarginLine; readonly loss: number } {
  const figures = books.map(figuresOf).reduce(addFigures, noFigures);
  const parts = books.map(({ revenue }) => revenue).reduce(plus, noRevenue());
  const revenue = revenueOf(figures);
  const margin = -lossOf(figures);
  const [first] = books;
  const line = {
    shape: Object.fromEntries(kept.map((word) => [word, first?.shape[word] ?? ""])),
    revenue: text(revenue),
    parts: Object.fromEntries(
      revenueParts.map((part) => [part, text(parts[part])]),
    ) as unknown as RevenueParts,
    direct: text(directOf(figures)),
    recompute: text(figures.recompute),
    allocated: text(figures.allocated + figures.load),
    margin: text(margin),
    ...percentOf(margin, revenue),
  };
  return { line, loss: Number(margin) };
}

function percentOf(margin: bigint, revenue: bigint): { readonly marginPercent?: string } {
  if (revenue === 0n) return {};
  return { marginPercent: (Number((margin * 10_000n) / revenue) / 100).toFixed(2) };
}
