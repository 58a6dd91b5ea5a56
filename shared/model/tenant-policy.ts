// What a tenant pays for, resolved from its tier: the queue's limits and the router's weight.

import type { TenantId } from "./ids.ts";
import type { Quota } from "./quota.ts";

export interface TenantLimits {
  /** Waiting requests, over all pools. */
  readonly queueLengthMax: number;
  /** Granted and running at once, over all pools. The rest waits. */
  readonly concurrencyMax: number;
  /** Prompt plus output of one request. */
  readonly contextTokensMax: number;
  readonly requestsPerMinute: number;
  /** Prompt plus output, reserved at the worst case and reconciled to what ran. */
  readonly tokensPerMinute: number;
  /** A request that has not been granted so long after its admission is refused. Absent: only its own deadline counts. */
  readonly queueDeadlineMs?: number;
}

/** What a tier promises beyond rates. Everything absent promises nothing and forbids nothing. */
export interface ServiceTerms {
  /** Its waiting requests may preempt running ones of lower bands (higher numbers), never of their own. Absent: not. */
  readonly mayPreempt?: boolean;
  /** Share of the executed cost that the tenant's whole band is guaranteed, 0 to 99. Equal in all tiers of a band. Absent: 0. */
  readonly bandFloorPercent?: number;
  readonly kvBudget?: KvBudget;
  /** No two with the same period, metric and mode. Absent or empty: nothing is counted. */
  readonly quotas?: readonly Quota[];
  /** Who is told when 80 and 100 % of a quota are used. Absent: nobody. */
  readonly alertWebhooks?: readonly AlertWebhook[];
  /** Zones outside which none of its requests is computed, nor any of their KV or output kept. Absent: anywhere. */
  readonly residency?: readonly string[];
  /** Adapters of its own that it may bring. Absent: the platform's default. */
  readonly uploads?: UploadTerms;
  /** Its adapters stay in a GPU slot once they are there, as long as such fill no more than half of a worker's. Absent: not. */
  readonly keepsAdapters?: boolean;
}

export interface AlertWebhook {
  /** `https:`, or `http:` to a private address where the operator allows these. */
  readonly url: string;
  /** Where the key of its signature is: `env:NAME` or `file:PATH`, of the process that delivers. Absent: not signed. */
  readonly secret?: string;
}

export interface UploadTerms {
  /** 0: none. */
  readonly adaptersMax: number;
  /** Of one. */
  readonly bytesMax: number;
  readonly rankMax: number;
}

/** Where neither tier nor tenant says any. */
export const uploadTermsDefault: UploadTerms = {
  adaptersMax: 16,
  bytesMax: 256 * 1024 ** 2,
  rankMax: 64,
};

/** KV memory of one pool in tokens; the accountant rounds up to its blocks. */
export interface KvBudget {
  /** Never refused for others' sake, and what others must give back when it is asked for. 0: nothing. */
  readonly guaranteedTokens: number;
  /** Never exceeded, however empty the pool is. */
  readonly burstTokens: number;
}

export interface TenantPolicy extends ServiceTerms {
  readonly tenant: TenantId;
  readonly tier: string;
  /** Positive integer: a tenant's share of a contended pool. */
  readonly weight: number;
  /** Lower goes first. Tenants that shall share by weight have the same band. */
  readonly band: number;
  readonly limits: TenantLimits;
  /** An operator's throttle, 1 to 99: weight and rates are so many hundredths of what stands above. Absent: none. */
  readonly throttlePercent?: number;
}
