// The policy as it stands: what the tenant pays for, scaled by an operator's throttle. Law: a throttle scales limits and
// weight, never usage, so that taking it back leaves everything as it would have been.

import type { TenantPolicy } from "./tenant-policy.ts";

/** So many hundredths, and at least one: a throttled tenant is slow, not shut out. */
const scaled = (amount: number, percent: number): number =>
  Math.max(1, Math.floor((amount * percent) / 100));

/**
 * Weight, requests and tokens per minute, and concurrency. Not the lengths of context and queue: what fits without a
 * throttle shall fit with it, but for a request of more than a throttled minute's tokens.
 */
export function standingPolicy(policy: TenantPolicy): TenantPolicy {
  const { throttlePercent, weight, limits } = policy;
  if (throttlePercent === undefined) return policy;
  return {
    ...policy,
    weight: scaled(weight, throttlePercent),
    limits: {
      ...limits,
      requestsPerMinute: scaled(limits.requestsPerMinute, throttlePercent),
      tokensPerMinute: scaled(limits.tokensPerMinute, throttlePercent),
      concurrencyMax: scaled(limits.concurrencyMax, throttlePercent),
    },
  };
}
