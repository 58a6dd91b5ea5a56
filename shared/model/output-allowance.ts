// How much output a request may have under its tenant's quotas: told with its place, and kept to by the worker.

import type { QuotaPeriod } from "./quota.ts";

export interface OutputAllowance {
  /** In all, over every attempt. */
  readonly outputTokens: number;
  /** At the end of it: ask the queue for the next attempt, which has more or is refused; or the output is complete. */
  readonly atEnd: "ask" | "complete";
  /** What is held for it, by window. */
  readonly holds: readonly WindowHold[];
  /** When the first of its windows with a quota ends: nothing is delivered beyond before it is renewed. Absent: none ends. */
  readonly renewAtEpochMs?: number;
}

/** Of one request, in one window of one period. */
export interface WindowHold {
  readonly period: QuotaPeriod;
  readonly window: string;
  /** Output from here on; before it is an earlier window's. */
  readonly fromOutputTokens: number;
  /** To here: the request went on into the next window. Absent: as far as it is allowed. */
  readonly toOutputTokens?: number;
  /** The window that it was admitted in: its prompt and the request itself count there. */
  readonly isFirst: boolean;
}

/** Of two words on one request's allowance, which may come in any order: the one that was renewed later, or else the second. */
export function laterAllowance(
  standing: OutputAllowance | undefined,
  said: OutputAllowance | undefined,
): OutputAllowance | undefined {
  if (said === undefined) return standing;
  const isOlder = renewedUntil(said) < renewedUntil(standing);
  return isOlder ? standing : said;
}

const renewedUntil = (allowance: OutputAllowance | undefined): number =>
  allowance === undefined ? 0 : (allowance.renewAtEpochMs ?? Infinity);

/** As it was told before there were several quotas: of a day and its month alone. */
interface OldAllowance extends Omit<OutputAllowance, "holds"> {
  readonly day: string;
  readonly month: string;
}

/** Sessions that began under an owner, or on an edge, of the version before tell it in its form. */
export function readAllowance(
  said: OutputAllowance | OldAllowance | undefined,
): OutputAllowance | undefined {
  if (said === undefined || "holds" in said) return said;
  const { outputTokens, atEnd, day, month } = said;
  const first = { fromOutputTokens: 0, isFirst: true } as const;
  const holds: readonly WindowHold[] = [
    { period: "day", window: day, ...first },
    { period: "month", window: month, ...first },
  ];
  return { outputTokens, atEnd, holds };
}
