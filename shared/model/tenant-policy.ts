// What a tenant pays for, resolved from its tier: the queue's limits and the router's weight.

import type { TenantId } from "./ids.ts";

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
}

export interface TenantPolicy {
  readonly tenant: TenantId;
  readonly tier: string;
  /** Positive integer: a tenant's share of a contended pool. */
  readonly weight: number;
  /** Lower goes first. Tenants that shall share by weight have the same band. */
  readonly band: number;
  readonly limits: TenantLimits;
}
