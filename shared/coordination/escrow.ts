// What a tenant has taken of its token quota, as the store keeps it: one record per tenant, changed by exchange. Laws:
// taken never exceeds a hard quota; a window that was left is never entered again, whatever the clock says; the same
// question asked twice takes once.

import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";

export interface EscrowRecord {
  /** UTC, `2026-11-28` and `2026-11`: as texts they sort by time. */
  readonly day: string;
  readonly month: string;
  /** Taken by owners and not given back, in these windows. */
  readonly dayTokens: number;
  readonly monthTokens: number;
  /** The exchange that made this record: asked again, it is answered again. */
  readonly shardEpoch: number;
  readonly seq: number;
  readonly granted: number;
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
  if (standing?.shardEpoch === question.shardEpoch && question.seq <= standing.seq) {
    // An older one came late: its tokens were taken, or given back, long ago.
    if (question.seq < standing.seq) return undefined;
    return { record: standing, answer: answerOf(standing, question, epochMs) };
  }
  const now = enterWindows(standing, epochMs);
  // A record that was lost is not owed more than it says was used.
  const dayBack = question.day === now.day ? question.back : 0;
  const monthBack = question.month === now.month ? question.back : 0;
  const dayTokens = Math.max(0, now.dayTokens - dayBack);
  const monthTokens = Math.max(0, now.monthTokens - monthBack);
  const { dailyTokens = Infinity, monthlyTokens = Infinity, isSoft } = question;
  const left = Math.max(0, Math.min(dailyTokens - dayTokens, monthlyTokens - monthTokens));
  const granted = isSoft ? question.want : Math.min(question.want, left);
  const record: EscrowRecord = {
    day: now.day,
    month: now.month,
    dayTokens: dayTokens + granted,
    monthTokens: monthTokens + granted,
    shardEpoch: question.shardEpoch,
    seq: question.seq,
    granted,
  };
  return { record, answer: answerOf(record, question, epochMs) };
}

type Windows = Pick<EscrowRecord, "day" | "month" | "dayTokens" | "monthTokens">;

function enterWindows(standing: EscrowRecord | undefined, epochMs: number): Windows {
  const today = new Date(epochMs).toISOString().slice(0, 10);
  const { day: lastDay, month: lastMonth, dayTokens, monthTokens } = standing ?? noWindows;
  const day = today > lastDay ? today : lastDay;
  const month = day.slice(0, 7);
  return {
    day,
    month,
    dayTokens: day === lastDay ? dayTokens : 0,
    monthTokens: month === lastMonth ? monthTokens : 0,
  };
}

const noWindows: Windows = { day: "", month: "", dayTokens: 0, monthTokens: 0 };

function answerOf(
  { day, month, dayTokens, monthTokens, granted }: EscrowRecord,
  { shardEpoch, seq }: ExchangeEscrow,
  epochMs: number,
): EscrowExchanged {
  const [year = 0, monthNumber = 1, dayNumber = 1] = day.split("-").map(Number);
  return {
    kind: "escrow-exchanged",
    shardEpoch,
    seq,
    granted,
    day,
    month,
    dayTokens,
    monthTokens,
    // The calendar knows how long a month is. Positive even if the clock has stepped.
    dayEndsInMs: Math.max(1, Date.UTC(year, monthNumber - 1, dayNumber + 1) - epochMs),
    monthEndsInMs: Math.max(1, Date.UTC(year, monthNumber, 1) - epochMs),
  };
}
