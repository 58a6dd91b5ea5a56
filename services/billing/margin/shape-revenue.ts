// What a tenant's shapes of work brought in a period, by the code that makes invoices: each shape's usage rated alone and not rounded, what is
// held by the hour and the month as it is. Law: Σ shapes + rounding = Σ of the lines that rating gives for the whole of it.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { Shape } from "#shared/model/margin.ts";
import { shapeName } from "#shared/model/margin.ts";
import { parseDecimal } from "#shared/model/money.ts";
import type { BookSpan, PriceBook } from "#shared/model/price-book.ts";
import { spansOf } from "#shared/model/price-book.ts";
import { heldWithin, holdingsOf } from "#services/billing/held-time.ts";
import type { LineKind, RatedLine } from "#services/billing/rated-line.ts";
import { ratioOf } from "#services/billing/rated-line.ts";
import { rateUsage } from "#services/billing/rate-usage.ts";
import { usageSums } from "#services/billing/usage-sums.ts";
import { stretchesOf } from "./stretches.ts";
import type { Stretch } from "./stretches.ts";

export const revenueParts = [
  "input",
  "cachedInput",
  "output",
  "fees",
  "adapters",
  "reserved",
] as const;

/** In billionths of the tenant's currency. */
export type Revenue = { [Part in (typeof revenueParts)[number]]: bigint };

export const noRevenue = (): Revenue => ({
  input: 0n,
  cachedInput: 0n,
  output: 0n,
  fees: 0n,
  adapters: 0n,
  reserved: 0n,
});

const partOf: Readonly<Record<LineKind, keyof Revenue>> = {
  input: "input",
  "cached-input": "cachedInput",
  output: "output",
  "request-fee": "fees",
  "monthly-fee": "fees",
  minimum: "fees",
  "adapter-use": "adapters",
  "adapter-hour": "adapters",
  "reserved-gpu-hour": "reserved",
  "reserved-pool-month": "reserved",
};

export interface TenantRevenue {
  readonly shapes: readonly { readonly shape: Shape; readonly revenue: Revenue }[];
  readonly rounding: bigint;
  readonly unpriced: readonly string[];
}

export interface ToRateShapes {
  readonly tenant: string;
  readonly currency: string;
  readonly books: readonly PriceBook[];
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  /** What is held is held until now at most. */
  readonly nowEpochMs: number;
  /** Of what is held: a pool, or MODEL:NAME. */
  readonly shapeOfHeld: (kind: LineKind, subject: string) => Omit<Shape, "tenant">;
}

export async function shapeRevenue(
  queries: SqlQueries,
  given: ToRateShapes,
): Promise<TenantRevenue> {
  const sheet = new RevenueSheet(given);
  for (const stretch of stretchesOf(given)) await rateStretch(queries, { given, stretch, sheet });
  return sheet.told();
}

class RevenueSheet {
  readonly #given: ToRateShapes;
  readonly #shapes = new Map<string, { readonly shape: Shape; readonly revenue: Revenue }>();
  readonly #unpriced = new Set<string>();
  #rounding = 0n;

  constructor(given: ToRateShapes) {
    this.#given = given;
  }

  /** Of the whole stretch: what is not held is replaced by what shapes bring. */
  addWhole(lines: readonly RatedLine[], unpriced: readonly string[]): void {
    for (const line of lines) {
      this.#rounding += line.amount.nanos;
      if (isHeld(line.kind)) {
        const shape = this.#given.shapeOfHeld(line.kind, line.of);
        this.#add(shape, line.kind, line.amount.nanos);
      }
    }
    for (const one of unpriced) this.#unpriced.add(one);
  }

  addShape(shape: Omit<Shape, "tenant">, lines: readonly RatedLine[]): void {
    for (const line of lines) this.#add(shape, line.kind, exactly(line));
  }

  told(): TenantRevenue {
    return {
      shapes: [...this.#shapes.values()],
      rounding: this.#rounding,
      unpriced: [...this.#unpriced],
    };
  }

  #add(of: Omit<Shape, "tenant">, kind: LineKind, nanos: bigint): void {
    const shape = { tenant: this.#given.tenant, ...of };
    const entry = this.#shapes.get(shapeName(shape)) ?? { shape, revenue: noRevenue() };
    this.#shapes.set(shapeName(shape), entry);
    entry.revenue[partOf[kind]] += nanos;
    this.#rounding -= nanos;
  }
}

const isHeld = (kind: LineKind): boolean =>
  ["adapter-hour", "reserved-gpu-hour", "reserved-pool-month", "monthly-fee", "minimum"].includes(
    kind,
  );

/** A line's amount before it is rounded to minor units; to a billionth. */
function exactly(line: RatedLine): bigint {
  const { times, per } = ratioOf(line.quantity, line);
  return (parseDecimal(line.price) * times) / per;
}

interface Rating {
  readonly given: ToRateShapes;
  readonly stretch: Stretch;
  readonly sheet: RevenueSheet;
}

async function rateStretch(queries: SqlQueries, { given, stretch, sheet }: Rating): Promise<void> {
  const { tenant, currency, books, nowEpochMs } = given;
  const { fromEpochMs, toEpochMs, monthSeconds } = stretch;
  const spans = spansOf({ books, currency, tenant, fromEpochMs, toEpochMs });
  const sums = await usageSums(queries, tenant, [
    ...spans.map((span) => span.fromEpochMs),
    toEpochMs,
  ]);
  const untilEpochMs = Math.min(toEpochMs, nowEpochMs);
  const holdings =
    untilEpochMs <= fromEpochMs
      ? []
      : await holdingsOf(queries, tenant, { fromEpochMs, toEpochMs: untilEpochMs });
  const terms = { currency, monthSeconds, spans };
  const whole = rateUsage({
    ...terms,
    sums,
    held: spans.map((span) => heldWithin(holdings, span)),
  });
  sheet.addWhole(whole.lines, whole.unpriced);
  const byShape = Map.groupBy(sums, ({ model, adapterDigest, poolClass }) =>
    shapeName({ tenant, model, adapterDigest, poolClass }),
  );
  for (const ofShape of byShape.values()) {
    const [first] = ofShape;
    if (first === undefined) continue;
    const { model, adapterDigest, poolClass } = first;
    const alone = rateUsage({ ...terms, sums: ofShape, held: nothingHeld(spans) });
    sheet.addShape({ model, adapterDigest, poolClass }, alone.lines);
  }
}

/** No second of presence, and so no minimum. */
const nothingHeld = (spans: readonly BookSpan[]): readonly [][] => spans.map(() => []);
