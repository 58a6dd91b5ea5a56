// What a GPU costs an hour, by type of worker and zone. Law: at any moment at most one rate of a type and zone is in force, none is
// negative, and a set has one currency; what breaks that is refused whole, with its code.

import { isCurrency } from "./currency.ts";
import { MoneyError, parseDecimal } from "./money.ts";

export interface GpuRate {
  /** `*`: of every type that is not named. */
  readonly workerType: string;
  /** `*`: in every zone that is not named. */
  readonly zone: string;
  readonly currency: string;
  /** Decimal text, as it was written. */
  readonly perGpuHour: string;
  readonly fromEpochMs: number;
  /** Not in force from then on. Null: until the next set. */
  readonly toEpochMs: number | null;
}

export type RateProblem =
  | "malformed_rate"
  | "negative_rate"
  | "unknown_currency"
  | "currency_mismatch"
  | "empty_period"
  | "overlapping_rates";

export type RatesRead =
  | { readonly kind: "rates"; readonly rates: readonly GpuRate[] }
  | { readonly kind: "refused"; readonly code: RateProblem; readonly message: string };

const ratesMax = 1000;
const perHourMaxNanos = 1_000_000n * 10n ** 9n;
const minuteMs = 60_000;

/** As an operator writes them: `[{ workerType, zone, perGpuHour, currency, from, to }]`. */
export function readGpuRates(given: unknown): RatesRead {
  if (!Array.isArray(given) || given.length === 0 || given.length > ratesMax) {
    return refused("malformed_rate", `gpuRates must be a list of 1 to ${ratesMax} rates`);
  }
  const rates: GpuRate[] = [];
  for (const [index, one] of (given as readonly unknown[]).entries()) {
    const read = readRate(one, `gpuRates[${index}]`);
    if (read.kind === "refused") return read;
    rates.push(...read.rates);
  }
  return betweenRates(rates);
}

const refused = (code: RateProblem, message: string): RatesRead & { readonly kind: "refused" } => ({
  kind: "refused",
  code,
  message,
});

function readRate(given: unknown, where: string): RatesRead {
  const {
    workerType = "*",
    zone = "*",
    perGpuHour,
    currency,
    from,
    to,
  } = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (!isName(workerType) || !isName(zone)) {
    return refused("malformed_rate", `${where}: workerType and zone are names, or *`);
  }
  const nanos = nanosOf(perGpuHour);
  if (nanos === undefined || nanos > perHourMaxNanos) {
    return refused(
      "malformed_rate",
      `${where}: perGpuHour is a decimal of up to 9 places, as text, such as "2.49", and at most a million`,
    );
  }
  if (nanos < 0n) return refused("negative_rate", `${where}: perGpuHour is below zero`);
  if (typeof currency !== "string" || !isCurrency(currency)) {
    return refused("unknown_currency", `${where}: currency is no ISO 4217 code such as USD`);
  }
  const priced = { workerType, zone, currency, perGpuHour: String(perGpuHour) };
  return readPeriod(priced, { from, to }, where);
}

function readPeriod(
  rate: Omit<GpuRate, "fromEpochMs" | "toEpochMs">,
  { from, to }: { readonly from: unknown; readonly to: unknown },
  where: string,
): RatesRead {
  const fromEpochMs = momentOf(from);
  const toEpochMs = to === undefined || to === null ? null : momentOf(to);
  if (fromEpochMs === undefined || toEpochMs === undefined) {
    return refused(
      "malformed_rate",
      `${where}: from and to are whole UTC minutes, such as 2026-01-01T00:00Z`,
    );
  }
  if (toEpochMs !== null && toEpochMs <= fromEpochMs) {
    return refused("empty_period", `${where}: it ends before it begins`);
  }
  return { kind: "rates", rates: [{ ...rate, fromEpochMs, toEpochMs }] };
}

const isName = (value: unknown): value is string =>
  typeof value === "string" && /^[^\p{Cc}\p{Cs}]{1,256}$/u.test(value);

/** Of a decimal as text, or a whole number; undefined: it is none, or finer than money is. */
function nanosOf(value: unknown): bigint | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string") return undefined;
  try {
    return parseDecimal(text);
  } catch (error) {
    if (error instanceof MoneyError) return undefined;
    throw error;
  }
}

/** GPU time is kept by the minute: a rate cannot change inside one. */
function momentOf(value: unknown): number | undefined {
  const epochMs =
    value instanceof Date ? value.getTime() : typeof value === "string" ? Date.parse(value) : value;
  const isWhole = typeof epochMs === "number" && epochMs >= 0 && epochMs % minuteMs === 0;
  return isWhole ? epochMs : undefined;
}

function betweenRates(rates: readonly GpuRate[]): RatesRead {
  const [first] = rates;
  const foreign = rates.find(({ currency }) => currency !== first?.currency);
  if (foreign !== undefined) {
    return refused(
      "currency_mismatch",
      `one set has one currency, not ${first?.currency} and ${foreign.currency}`,
    );
  }
  const overlapping = rates.find((one, index) =>
    rates.some((other, at) => at < index && isSameKind(one, other) && overlaps(one, other)),
  );
  if (overlapping === undefined) return { kind: "rates", rates };
  const { workerType, zone } = overlapping;
  return refused("overlapping_rates", `two rates of ${workerType} in ${zone} are in force at once`);
}

const isSameKind = (a: GpuRate, b: GpuRate): boolean =>
  a.workerType === b.workerType && a.zone === b.zone;

const overlaps = (a: GpuRate, b: GpuRate): boolean =>
  a.fromEpochMs < (b.toEpochMs ?? Infinity) && b.fromEpochMs < (a.toEpochMs ?? Infinity);

export interface PricedPlace {
  readonly workerType: string;
  readonly zone: string;
}

/** The one in force: of its very type and zone before type, type before zone, zone before all others. */
export function rateOf(
  rates: readonly GpuRate[],
  { workerType, zone }: PricedPlace,
  atEpochMs: number,
): GpuRate | undefined {
  const inForce = rates.filter(
    ({ fromEpochMs, toEpochMs }) => fromEpochMs <= atEpochMs && atEpochMs < (toEpochMs ?? Infinity),
  );
  const wanted = [
    [workerType, zone],
    [workerType, "*"],
    ["*", zone],
    ["*", "*"],
  ];
  for (const [type, place] of wanted) {
    const found = inForce.find((rate) => rate.workerType === type && rate.zone === place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Moments at which a rate begins or ends: between two of them every place has one rate. */
export const rateBoundaries = (rates: readonly GpuRate[]): readonly number[] =>
  [
    ...new Set(
      rates.flatMap(({ fromEpochMs, toEpochMs }) => [
        fromEpochMs,
        ...(toEpochMs === null ? [] : [toEpochMs]),
      ]),
    ),
  ].toSorted((a, b) => a - b);
