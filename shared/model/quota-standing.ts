// Where one quota of a tenant stands in its window, as operators and tenants are told.

import type { Quota } from "./quota.ts";

export interface QuotaStanding extends Quota {
  readonly window: string;
  readonly endsAtEpochMs: number;
  /** In the unit of the metric. */
  readonly used: number;
  /** What requests that are not over may still use besides. */
  readonly held: number;
}
