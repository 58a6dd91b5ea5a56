// The escrow record as text: written in its newest form, and read in that and in the one before it, which knew the
// tokens of a day and a month alone. What else it says was taken is not known: nothing of it was limited.

import { nothingUsed } from "#shared/model/quota.ts";
import type { EscrowRecord, PeriodRecord } from "./escrow.ts";

interface OldRecord {
  readonly day: string;
  readonly month: string;
  readonly dayTokens: number;
  readonly monthTokens: number;
  readonly shardEpoch: number;
  readonly seq: number;
}

export const writeEscrow = (record: EscrowRecord): string => JSON.stringify(record);

/** `damaged`: nobody knows what was taken. */
export function readEscrow(value: string | undefined): EscrowRecord | "damaged" | undefined {
  if (value === undefined) return undefined;
  try {
    const record = JSON.parse(value) as Partial<EscrowRecord & OldRecord>;
    if (record.version === 2 && record.periods !== undefined) return record as EscrowRecord;
    return typeof record.dayTokens === "number" ? renewed(record as OldRecord) : "damaged";
  } catch {
    return "damaged";
  }
}

function renewed({ day, month, dayTokens, monthTokens, shardEpoch, seq }: OldRecord): EscrowRecord {
  const never: PeriodRecord = { window: "", taken: nothingUsed };
  const tokensIn = (window: string, tokens: number): PeriodRecord => ({
    window,
    taken: { ...nothingUsed, tokens },
  });
  return {
    version: 2,
    periods: {
      hour: never,
      day: tokensIn(day, dayTokens),
      week: never,
      month: tokensIn(month, monthTokens),
    },
    shardEpoch,
    seq,
    granted: {},
  };
}
