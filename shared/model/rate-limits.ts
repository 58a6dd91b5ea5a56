// What a tenant has left, as the reply headers tell it.

import type { Quota } from "./quota.ts";

/** A snapshot at admission. Limits per minute; `…ResetMs` is when the window is whole again, a duration. */
export interface RateLimits {
  readonly requestsLimit: number;
  readonly requestsRemaining: number;
  readonly requestsResetMs: number;
  readonly tokensLimit: number;
  readonly tokensRemaining: number;
  readonly tokensResetMs: number;
  /** Present from 80 % of a quota on: the fullest of the tenant's. */
  readonly quotaAlert?: QuotaAlert;
}

export interface QuotaAlert extends Pick<Quota, "period" | "metric" | "mode"> {
  readonly window: string;
  /** Used, or held by requests that are not over. */
  readonly usedPercent: number;
  readonly resetsInMs: number;
}
