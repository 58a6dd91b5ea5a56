// Tenants' limits as this edge knows them without asking: what their queues told it last, moved on to now. For replies
// that no queue has judged. Law: what was told is never told as more than it was before its window is whole again;
// what other edges admitted since is not known here.

import type { TenantId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";

/** Windows are a minute: what was told before that says nothing any more. */
const toldMs = 60_000;
/** More than have keys in any fleet; the longest untold goes first. */
const tenantsMax = 16_384;

interface Told {
  readonly limits: RateLimits;
  readonly atMs: number;
}

export class LastLimits {
  readonly #nowMs: () => number;
  readonly #policyOf: (tenant: TenantId) => TenantPolicy | undefined;
  readonly #told = new Map<TenantId, Told>();

  constructor(nowMs: () => number, policyOf: (tenant: TenantId) => TenantPolicy | undefined) {
    this.#nowMs = nowMs;
    this.#policyOf = policyOf;
  }

  learn(tenant: TenantId, limits: RateLimits): void {
    this.#told.delete(tenant);
    this.#told.set(tenant, { limits, atMs: this.#nowMs() });
    const longest = this.#told.keys().next();
    if (this.#told.size > tenantsMax && longest.done !== true) this.#told.delete(longest.value);
  }

  /** Whole where nothing was told within a minute. Undefined: there is no such tenant. */
  of(tenant: TenantId): RateLimits | undefined {
    const policy = this.#policyOf(tenant);
    if (policy === undefined) return undefined;
    const whole = wholeLimits(policy);
    const told = this.#told.get(tenant);
    if (told === undefined) return whole;
    const passedMs = this.#nowMs() - told.atMs;
    return passedMs < toldMs ? movedOn(told.limits, passedMs, whole) : whole;
  }
}

function wholeLimits(policy: TenantPolicy): RateLimits {
  const { requestsPerMinute, tokensPerMinute } = standingPolicy(policy).limits;
  return {
    requestsLimit: requestsPerMinute,
    requestsRemaining: requestsPerMinute,
    requestsResetMs: 0,
    tokensLimit: tokensPerMinute,
    tokensRemaining: tokensPerMinute,
    tokensResetMs: 0,
  };
}

/** Limits may have changed since: what was used counts against those of now. */
function movedOn(
  told: RateLimits,
  passedMs: number,
  { requestsLimit, tokensLimit }: RateLimits,
): RateLimits {
  const requestsResetMs = Math.max(0, told.requestsResetMs - passedMs);
  const tokensResetMs = Math.max(0, told.tokensResetMs - passedMs);
  const requestsUsed = requestsResetMs === 0 ? 0 : told.requestsLimit - told.requestsRemaining;
  const tokensUsed = tokensResetMs === 0 ? 0 : told.tokensLimit - told.tokensRemaining;
  return {
    ...told,
    requestsLimit,
    requestsRemaining: Math.max(0, requestsLimit - requestsUsed),
    requestsResetMs,
    tokensLimit,
    tokensRemaining: Math.max(0, tokensLimit - tokensUsed),
    tokensResetMs,
  };
}
