// The calendar windows of quotas, UTC: their names, which as texts sort by time, and where they end. A week begins on
// Monday, as ISO 8601 has it, and is named by that day.

import type { QuotaPeriod } from "./quota.ts";

/** `2026-11-28T09`, `2026-11-28`, `2026-11-23`, `2026-11`. */
export function windowAt(period: QuotaPeriod, epochMs: number): string {
  const text = new Date(epochMs).toISOString();
  switch (period) {
    case "hour":
      return text.slice(0, 13);
    case "day":
      return text.slice(0, 10);
    case "week": {
      const day = new Date(epochMs);
      const sinceMonday = (day.getUTCDay() + 6) % 7;
      return new Date(epochMs - sinceMonday * dayMs).toISOString().slice(0, 10);
    }
    case "month":
      return text.slice(0, 7);
    default:
      return period satisfies never;
  }
}

const dayMs = 86_400_000;

export function windowEndEpochMs(period: QuotaPeriod, window: string): number {
  const [day = "", hour = "0"] = window.split("T");
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  switch (period) {
    case "hour":
      return Date.UTC(year, month - 1, date, Number(hour) + 1);
    case "day":
      return Date.UTC(year, month - 1, date + 1);
    case "week":
      return Date.UTC(year, month - 1, date + 7);
    case "month":
      // The calendar knows how long a month is.
      return Date.UTC(year, month, 1);
    default:
      return period satisfies never;
  }
}

/** `2026-11-29T00:00:00Z` */
export const utcSecond = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
