// Costs and revenue of shapes side by side. Law: every cost and every revenue is in one book; what a tenant pays without running anything
// (by the month, residency, a reserved pool) is in the book of the shape that it was paid for, or in one of its own.

import type { Shape } from "#shared/model/margin.ts";
import { shapeName } from "#shared/model/margin.ts";
import type { ShapeFigures } from "#shared/model/margin-factors.ts";
import type { ShapeCost } from "./shape-costs.ts";
import type { Revenue } from "./shape-revenue.ts";
import { noRevenue, revenueParts } from "./shape-revenue.ts";
import { shareOutNanos } from "./share-out.ts";

export interface ShapeBook {
  readonly shape: Shape;
  readonly cost: ShapeCost | undefined;
  readonly revenue: Readonly<Revenue>;
}

export interface RevenueOfShape {
  readonly shape: Shape;
  readonly revenue: Readonly<Revenue>;
}

export function shapeBooks(
  costs: readonly ShapeCost[],
  revenues: readonly RevenueOfShape[],
): readonly ShapeBook[] {
  const books = new Map<string, ShapeBook>(
    costs.map((cost) => [shapeName(cost.shape), { shape: cost.shape, cost, revenue: noRevenue() }]),
  );
  for (const one of revenues.flatMap((revenue) => placed(revenue, costs))) {
    const name = shapeName(one.shape);
    const had = books.get(name);
    const revenue = had === undefined ? one.revenue : plus(had.revenue, one.revenue);
    books.set(name, { shape: one.shape, cost: had?.cost, revenue });
  }
  return [...books.values()];
}

/** An adapter's residency has no class: it goes to the classes that the tenant ran it in, by what they had there. */
function placed(one: RevenueOfShape, costs: readonly ShapeCost[]): readonly RevenueOfShape[] {
  const { shape, revenue } = one;
  if (shape.poolClass !== "" || shape.adapterDigest === "") return [one];
  const own = costs.filter(
    (cost) => shapeName({ ...cost.shape, poolClass: "" }) === shapeName(shape),
  );
  const shares = shareOutNanos(
    revenue.adapters,
    own.map(({ nanos }) => nanos.prefill + nanos.decode + nanos.adapter + nanos.recompute),
  );
  if (shares === undefined) return [one];
  return own.map((cost, index) => ({
    shape: cost.shape,
    revenue: { ...noRevenue(), adapters: shares[index] ?? 0n },
  }));
}

export const plus = (a: Readonly<Revenue>, b: Readonly<Revenue>): Revenue =>
  Object.fromEntries(revenueParts.map((part) => [part, a[part] + b[part]])) as Revenue;

const nothingRan = {
  requests: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  nanos: { prefill: 0n, decode: 0n, adapter: 0n, recompute: 0n, allocated: 0n, load: 0n },
};

export function figuresOf({ cost, revenue }: ShapeBook): ShapeFigures {
  const { requests, promptTokens, cachedTokens, outputTokens, nanos } = cost ?? nothingRan;
  return {
    requests: BigInt(requests),
    promptTokens: BigInt(promptTokens),
    cachedTokens: BigInt(cachedTokens),
    outputTokens: BigInt(outputTokens),
    ...nanos,
    inputRevenue: revenue.input + revenue.cachedInput,
    outputRevenue: revenue.output,
    adapterRevenue: revenue.adapters,
    otherRevenue: revenue.fees + revenue.reserved,
  };
}
