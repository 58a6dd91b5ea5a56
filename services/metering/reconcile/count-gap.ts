// How far the counts of admissions and the rows of one tenant are apart, minute by minute. A row's arrival only moves later (a
// request that was asked for again), so that a minute's surplus makes up for what earlier minutes lack, never for later ones.

import type { Books } from "./classify.ts";

export interface CountGap {
  /** Counted, and without a row. */
  readonly missing: number;
  /** With a row, and counted by nobody. */
  readonly uncounted: number;
}

const minuteMs = 60_000;

export function countGap(
  { ledger, livingLives, takenAtEpochMs }: Pick<Books, "ledger" | "livingLives" | "takenAtEpochMs">,
  tenant: string,
): CountGap {
  const { countedSinceEpochMs = Infinity } = ledger;
  const cutShort = new Set(
    ledger.lives
      .filter(({ process, life }) => !livingLives.has(`${process}/${life}`))
      .flatMap(({ lastMinuteEpochMs: last }) => [last, last + minuteMs]),
  );
  let missing = 0;
  let uncounted = 0;
  for (const minute of ledger.minutes.filter((one) => one.tenant === tenant)) {
    const { minuteEpochMs, admitted, rows } = minute;
    if (admitted > rows) {
      missing += admitted - rows;
      continue;
    }
    const surplus = rows - admitted;
    const madeUp = Math.min(missing, surplus);
    missing -= madeUp;
    // A life that ended without saying so forgets its last seconds of counts; and who is counted now was not asked yet.
    const isExplained =
      cutShort.has(minuteEpochMs) ||
      minuteEpochMs <= countedSinceEpochMs ||
      minuteEpochMs > takenAtEpochMs - 2 * minuteMs;
    if (!isExplained) uncounted += surplus - madeUp;
  }
  return { missing, uncounted };
}
