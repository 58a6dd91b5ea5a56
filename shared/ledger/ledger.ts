// The port to the usage ledger: one row per (tenant, request), whatever arrives how often in which order.
// A final row never changes, so replaying everything changes no bill.

import type { RequestId, TenantId } from "#shared/model/ids.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";

/** Which rows; what is absent does not narrow. */
export interface UsageFilter {
  readonly tenant?: TenantId;
  readonly requestId?: RequestId;
  /** Arrived at or after this moment. */
  readonly sinceEpochMs?: number;
  /** Arrived before this moment. */
  readonly untilEpochMs?: number;
}

/** A record's place in a list, newest first. */
export interface UsagePlace {
  readonly arrivedAtEpochMs: number;
  readonly tenant: string;
  readonly requestId: string;
}

export interface UsageQuery extends UsageFilter {
  /** Newest first, at most this many. */
  readonly limit: number;
  /** Only what comes after this one: the last of the page before. */
  readonly after?: UsagePlace;
}

/** Over all rows of a filter, however many a query would list. */
export interface UsageTotals {
  readonly requests: number;
  /** Of which are over. */
  readonly settledRequests: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly queueMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly kvBlockMs: number;
  readonly preemptions: number;
  readonly attempts: number;
  readonly gpuUs: number;
}

export interface Ledger {
  /** All of them or none. Each merged as `mergeUsage` says with what is there under (tenant, request). */
  record(entries: readonly UsageEntry[]): Promise<void>;
  /**
   * Settles accounts that nobody is left to close, as they stand: those whose time is up so many milliseconds from now, Infinity means every
   * open one. Answers how many; at most 10,000 at once.
   */
  settleAbandoned(withinMs: number): Promise<number>;
  usageOf(query: UsageQuery): Promise<readonly UsageEntry[]>;
  totals(filter?: UsageFilter): Promise<UsageTotals>;
}
