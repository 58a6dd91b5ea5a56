// The calendar of a seed: a hour, a day, a week and a month end while its requests run.

export const windowsEndAtMs = 22_000;

/** A Monday, and the first of a month. */
export const windowsEndAtEpochMs: number = Date.UTC(2025, 8, 1);

/** The wall clock, for all processes alike. */
export const epochMsAt = (worldMs: number): number =>
  windowsEndAtEpochMs - windowsEndAtMs + Math.floor(worldMs);
