// How many requests this edge has admitted, by tenant and minute of arrival, and how they ended here: counted from the first
// account of each, beside the accounts themselves. Law: a request is counted once, whatever is told of it how often.

import type { AdmissionCount, OpenRequest } from "#shared/model/reconciliation.ts";
import type { UsageRecord } from "#shared/model/usage.ts";

type Counted = { -readonly [Field in keyof AdmissionCount]: AdmissionCount[Field] };

export interface AdmissionBook {
  /** By minute and tenant, oldest first. */
  readonly minutes: Map<string, Counted>;
  /** Admitted here and not ended here, by tenant and request. */
  readonly open: Map<string, OpenRequest>;
}

const minuteMs = 60_000;
/** A day of seventy busy tenants; what is older was written down long ago. */
const minutesMax = 100_000;
/** More than an edge can have open. A dropped one counts as admitted, and as ended nowhere. */
const openMax = 100_000;

export const startAdmissionBook = (): AdmissionBook => ({ minutes: new Map(), open: new Map() });

export function countOpened(book: AdmissionBook, record: UsageRecord): void {
  const { tenant, requestId, arrivedAtEpochMs } = record;
  const key = keyOf(record);
  if (book.open.has(key)) return;
  book.open.set(key, { tenant, requestId, arrivedAtEpochMs });
  if (book.open.size > openMax) dropOldest(book.open);
  minuteOf(book, record).opened++;
}

/** Its final account. Of requests that others admitted nothing is counted. */
export function countEnded(book: AdmissionBook, record: UsageRecord): void {
  const key = keyOf(record);
  const opened = book.open.get(key);
  if (opened === undefined) return;
  book.open.delete(key);
  const counted = minuteOf(book, { ...record, arrivedAtEpochMs: opened.arrivedAtEpochMs });
  if (record.outcome === "stop" || record.outcome === "length") counted.served++;
  else if (record.outcome === "cancelled") counted.cancelled++;
  else counted.failed++;
}

function minuteOf(
  { minutes }: AdmissionBook,
  { tenant, arrivedAtEpochMs }: Pick<UsageRecord, "tenant" | "arrivedAtEpochMs">,
): Counted {
  const minuteEpochMs = Math.floor(arrivedAtEpochMs / minuteMs) * minuteMs;
  const key = `${minuteEpochMs}/${tenant}`;
  const standing = minutes.get(key);
  if (standing !== undefined) return standing;
  const counted = { tenant, minuteEpochMs, opened: 0, served: 0, cancelled: 0, failed: 0 };
  minutes.set(key, counted);
  if (minutes.size > minutesMax) dropOldest(minutes);
  return counted;
}

const keyOf = ({ tenant, requestId }: UsageRecord): string => `${tenant}/${requestId}`;

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
