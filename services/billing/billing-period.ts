// A billing period: a calendar month, UTC, by its name. Law: periods neither overlap nor leave gaps, so that nothing is billed in two.

export interface BillingPeriod {
  /** `2026-11`. */
  readonly name: string;
  readonly fromEpochMs: number;
  /** The first moment after it. */
  readonly toEpochMs: number;
}

/** Undefined: no such month. */
export function billingPeriod(name: string): BillingPeriod | undefined {
  const [, year, month] = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(name) ?? [];
  if (year === undefined || month === undefined) return undefined;
  return {
    name,
    fromEpochMs: Date.UTC(Number(year), Number(month) - 1, 1),
    toEpochMs: Date.UTC(Number(year), Number(month), 1),
  };
}
