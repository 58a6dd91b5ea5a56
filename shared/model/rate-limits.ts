// What a tenant has left, as the reply headers tell it.

/** A snapshot at admission. Limits per minute; `…ResetMs` is when the window is whole again, a duration. */
export interface RateLimits {
  readonly requestsLimit: number;
  readonly requestsRemaining: number;
  readonly requestsResetMs: number;
  readonly tokensLimit: number;
  readonly tokensRemaining: number;
  readonly tokensResetMs: number;
  /** Present from 80 % of a token quota on: the fullest of its windows. */
  readonly quotaAlert?: { readonly window: "daily" | "monthly"; readonly usedPercent: number };
}
