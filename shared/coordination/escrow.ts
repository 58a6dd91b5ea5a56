// What a tenant has taken of its quotas, as the store keeps it: one record per tenant, changed by exchange. Laws: what is
// granted under a hard quota never takes more than it; a window that was left is never entered again, whatever the clock
// says; the same question asked twice takes once.

import type { EscrowReturn, EscrowWant, ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { Amounts, QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import { mapAmounts, nothingUsed, plus, quotaPeriods } from "#shared/model/quota.ts";
import { utcSecond, windowAt, windowEndEpochMs } from "#shared/model/quota-window.ts";

export interface EscrowRecord {
  readonly version: 2;
  readonly periods: Readonly<Record<QuotaPeriod, PeriodRecord>>;
  /** The exchange that made this record: asked again, it is answered again. */
  readonly shardEpoch: number;
  readonly seq: number;
  readonly granted: Readonly<Partial<Record<QuotaPeriod, Amounts>>>;
}

export interface PeriodRecord {
  /** Empty: none was entered yet. */
  readonly window: string;
  /** Taken by owners and not given back. */
  readonly taken: Amounts;
  /** The window before it, for what comes back late. */
  readonly earlier?: { readonly window: string; readonly taken: Amounts };
}

export interface Exchange {
  readonly record: EscrowRecord;
  readonly answer: EscrowExchanged;
}

export const escrowKey = (tenant: string): string => `/escrow/${tenant}`;

/** `epochMs`: the wall clock of whoever asks the store. It only ever opens newer windows. Undefined: a stale question. */
export function exchange(
  standing: EscrowRecord | undefined,
  question: ExchangeEscrow,
  epochMs: number,
): Exchange | undefined {
  const { shardEpoch, seq, returns, wants } = question;
  if (standing?.shardEpoch === shardEpoch && seq <= standing.seq) {
    // An older one came late: its amounts were taken, or given back, long ago.
    if (seq < standing.seq) return undefined;
    return { record: standing, answer: answerOf(standing, epochMs) };
  }
  const granted: Partial<Record<QuotaPeriod, Amounts>> = {};
  const periods = eachPeriod((period) => {
    const entered = enter(standing?.periods[period] ?? notEntered, period, epochMs);
    const given = takeBack(entered, period, returns);
    granted[period] = grantIn(given.taken, period, wants);
    return { ...given, taken: plus(given.taken, granted[period]) };
  });
  const record: EscrowRecord = { version: 2, periods, shardEpoch, seq, granted };
  return { record, answer: answerOf(record, epochMs) };
}

const notEntered: PeriodRecord = { window: "", taken: nothingUsed };

const eachPeriod = <Value>(of: (period: QuotaPeriod) => Value): Record<QuotaPeriod, Value> => ({
  hour: of("hour"),
  day: of("day"),
  week: of("week"),
  month: of("month"),
});

function enter(standing: PeriodRecord, period: QuotaPeriod, epochMs: number): PeriodRecord {
  const now = windowAt(period, epochMs);
  if (now <= standing.window) return standing;
  const { window, taken } = standing;
  return {
    window: now,
    taken: nothingUsed,
    ...(window === "" ? {} : { earlier: { window, taken } }),
  };
}

/** A record that was lost is not owed more than it says was used. */
function takeBack(
  record: PeriodRecord,
  period: QuotaPeriod,
  returns: readonly EscrowReturn[],
): PeriodRecord {
  const given = (window: string, metric: QuotaMetric): number =>
    returns
      .filter((each) => each.period === period && each.window === window && each.metric === metric)
      .reduce((total, { amount }) => total + amount, 0);
  const left = (window: string, taken: Amounts): Amounts =>
    mapAmounts((metric) => Math.max(0, taken[metric] - given(window, metric)));
  const { window, taken, earlier } = record;
  return {
    window,
    taken: left(window, taken),
    ...(earlier === undefined
      ? {}
      : { earlier: { ...earlier, taken: left(earlier.window, earlier.taken) } }),
  };
}

function grantIn(taken: Amounts, period: QuotaPeriod, wants: readonly EscrowWant[]): Amounts {
  return mapAmounts((metric) => {
    const want = wants.find((each) => each.period === period && each.metric === metric);
    if (want === undefined) return 0;
    const { amount, limit = Infinity } = want;
    return Math.max(0, Math.min(amount, limit - taken[metric]));
  });
}

function answerOf(
  { periods, granted, shardEpoch, seq }: EscrowRecord,
  epochMs: number,
): EscrowExchanged {
  return {
    kind: "escrow-exchanged",
    shardEpoch,
    seq,
    windows: quotaPeriods.map((period) => {
      const { window, taken } = periods[period];
      const endsAtEpochMs = windowEndEpochMs(period, window);
      return {
        period,
        window,
        // Positive even if the clock has stepped.
        endsInMs: Math.max(1, endsAtEpochMs - epochMs),
        endsAtEpochMs,
        endsAt: utcSecond(endsAtEpochMs),
        taken,
        granted: granted[period] ?? nothingUsed,
      };
    }),
  };
}
