// Money: an exact decimal of one currency, nine digits behind the point, as a bigint. Law: no float comes near it, currencies never
// mix, and nothing is rounded but by `timesRatio`, once, half to even, to the currency's minor unit.

import { isCurrency, minorDigits } from "./currency.ts";

export interface Money {
  /** ISO 4217. */
  readonly currency: string;
  /** Billionths of one unit of it. */
  readonly nanos: bigint;
}

export type MoneyFault =
  | "unknown_currency"
  | "mixed_currencies"
  | "not_an_amount"
  | "too_many_digits"
  | "not_minor_units";

export class MoneyError extends Error {
  readonly code: MoneyFault;

  constructor(code: MoneyFault, message: string) {
    super(message);
    this.name = "MoneyError";
    this.code = code;
  }
}

export const fractionDigitsMax = 9;
export const wholeDigitsMax = 15;
const nanosPerUnit = 10n ** 9n;

/** `12`, `-0.5`: no exponent, no sign but minus, no grouping. In billionths. */
export function parseDecimal(text: string): bigint {
  const [, sign = "", whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) {
    throw new MoneyError(
      "not_an_amount",
      `${JSON.stringify(text.slice(0, 60))} is not a decimal number`,
    );
  }
  if (whole.replace(/^0+/, "").length > wholeDigitsMax || fraction.length > fractionDigitsMax) {
    const most = `${wholeDigitsMax} digits before the point and ${fractionDigitsMax} behind it`;
    throw new MoneyError("too_many_digits", `${text.slice(0, 60)} has more than ${most}`);
  }
  const nanos = BigInt(whole) * nanosPerUnit + BigInt(fraction.padEnd(fractionDigitsMax, "0"));
  return sign === "-" ? -nanos : nanos;
}

/** As short as it can be: `0.15`, `-3`. */
export function decimalText(nanos: bigint, digitsMin = 0): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % nanosPerUnit)
    .padStart(fractionDigitsMax, "0")
    .replace(/0+$/, "")
    .padEnd(digitsMin, "0");
  const text = `${size / nanosPerUnit}${fraction === "" ? "" : `.${fraction}`}`;
  return nanos < 0n ? `-${text}` : text;
}

export function money(currency: string, text: string): Money {
  if (!isCurrency(currency)) throw unknownCurrency(currency);
  return { currency, nanos: parseDecimal(text) };
}

/** An amount that can be owed: whole minor units. */
export function payable(currency: string, text: string): Money {
  const amount = money(currency, text);
  if (amount.nanos % minorNanos(currency) === 0n) return amount;
  const message = `${text} ${currency} is not a whole number of its smallest unit`;
  throw new MoneyError("not_minor_units", message);
}

/** With all of its minor digits: `12.50`, of yen `12`. */
export const amountText = ({ currency, nanos }: Money): string =>
  decimalText(nanos, minorDigits(currency) ?? 0);

export const zero = (currency: string): Money => money(currency, "0");

export function plus(a: Money, b: Money): Money {
  assertSame(a, b);
  return { currency: a.currency, nanos: a.nanos + b.nanos };
}

export function minus(a: Money, b: Money): Money {
  assertSame(a, b);
  return { currency: a.currency, nanos: a.nanos - b.nanos };
}

export const negated = ({ currency, nanos }: Money): Money => ({ currency, nanos: -nanos });

export function lesser(a: Money, b: Money): Money {
  assertSame(a, b);
  return a.nanos <= b.nanos ? a : b;
}

/** `currency` is named, so that the sum of nothing is of one too. */
export const sumOf = (currency: string, amounts: readonly Money[]): Money =>
  amounts.reduce(plus, zero(currency));

export interface Ratio {
  readonly times: bigint;
  /** Positive. */
  readonly per: bigint;
}

/** `price` × times ÷ per, exact, and then rounded to the minor unit, half to even. The only place that rounds. */
export function timesRatio({ currency, nanos }: Money, { times, per }: Ratio): Money {
  const unit = minorNanos(currency);
  return { currency, nanos: halfEven(nanos * times, per * unit) * unit };
}

function halfEven(numerator: bigint, denominator: bigint): bigint {
  const sign = numerator < 0n ? -1n : 1n;
  const size = numerator * sign;
  const whole = size / denominator;
  const twice = (size % denominator) * 2n;
  const isUp = twice > denominator || (twice === denominator && whole % 2n === 1n);
  return sign * (isUp ? whole + 1n : whole);
}

function minorNanos(currency: string): bigint {
  const digits = minorDigits(currency);
  if (digits === undefined) throw unknownCurrency(currency);
  return 10n ** BigInt(fractionDigitsMax - digits);
}

function assertSame(a: Money, b: Money): void {
  if (a.currency === b.currency) return;
  const message = `${a.currency} and ${b.currency} cannot be reckoned together`;
  throw new MoneyError("mixed_currencies", message);
}

const unknownCurrency = (code: string): MoneyError =>
  new MoneyError(
    "unknown_currency",
    `${JSON.stringify(code.slice(0, 20))} is not a currency of ISO 4217`,
  );
