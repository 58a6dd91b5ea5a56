// One line of what is owed: so much of something, at a price, in one period. Law: its amount is rounded once, over all of its quantity.

import type { Money, Ratio } from "#shared/model/money.ts";
import { money, parseDecimal, timesRatio } from "#shared/model/money.ts";

export type LineKind =
  | "input"
  | "cached-input"
  | "output"
  | "request-fee"
  | "adapter-use"
  | "adapter-hour"
  | "reserved-gpu-hour"
  | "reserved-pool-month"
  | "monthly-fee"
  | "minimum";

/** What a line is of. Equal subjects of one period are one line. */
export interface LineSubject {
  readonly kind: LineKind;
  readonly book: string;
  readonly model: string;
  readonly tier: string;
  readonly poolClass: string;
  /** An adapter, a pool; empty where the kind says it all. */
  readonly of: string;
}

export type LineUnit = "token" | "request" | "second" | "GPU-second" | "month";

export interface LinePrice {
  readonly unit: LineUnit;
  /** Decimal text, for `per` units. */
  readonly price: string;
  readonly per: bigint;
  /** Decimal texts: of the tier and of the pool's class. */
  readonly factors: readonly string[];
}

export interface RatedLine extends LineSubject, LinePrice {
  readonly quantity: bigint;
  readonly amount: Money;
}

export const lineKey = ({ kind, book, model, tier, poolClass, of }: LineSubject): string =>
  JSON.stringify([kind, book, model, tier, poolClass, of]);

const unitFactor = 10n ** 9n;

export function ratioOf(quantity: bigint, { per, factors }: LinePrice): Ratio {
  return factors.reduce<Ratio>(
    (ratio, factor) => ({ times: ratio.times * parseDecimal(factor), per: ratio.per * unitFactor }),
    { times: quantity, per },
  );
}

export const ratedLine = (
  subject: LineSubject,
  price: LinePrice,
  { quantity, currency }: { readonly quantity: bigint; readonly currency: string },
): RatedLine => ({
  ...subject,
  ...price,
  quantity,
  amount: timesRatio(money(currency, price.price), ratioOf(quantity, price)),
});
