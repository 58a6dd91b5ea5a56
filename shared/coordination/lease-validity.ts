// How long a process may trust its lease: from when it asked, never from when it was answered, less a margin
// for clocks that run apart. Reliability note §5.1.

/** Asked of the store for owners. */
export const leaseTtlMs = 5_000;
/** Given up before the store would take it. */
const marginMs = 1_500;

export const validUntilMs = (sentAtMs: number, ttlMs: number): number =>
  sentAtMs + ttlMs - marginMs;

/** Two keeps may fail before validity ends. */
export const keepEveryMs = (ttlMs: number): number => ttlMs / 3;

/** An unanswered question is asked again. */
export const keepPatienceMs = 500;
export const askPatienceMs = 1_000;

export const tickEveryMs = 250;
/** A process that did not tick for so long was paused or starved: what it believes is old. */
export const tickGapMaxMs = 1_000;
