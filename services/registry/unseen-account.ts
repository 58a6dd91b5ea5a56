// An account for requests that no client made: no key is of it, it comes after everyone, and nobody else pays for what it uses.

import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";

export function unseenAccount(
  { tenants, models }: Fleet,
  account: TenantId,
  uses: readonly { readonly model: string }[],
): Tenant {
  return {
    policy: {
      tenant: account,
      tier: account,
      weight: 1,
      band: Math.max(0, ...tenants.map(({ policy }) => policy.band)) + 1,
      limits: {
        requestsPerMinute: 100_000,
        tokensPerMinute: 100_000_000,
        concurrencyMax: 64,
        queueLengthMax: 256,
        contextTokensMax: Math.max(1, ...models.map(({ contextTokensMax }) => contextTokensMax)),
      },
    },
    trustGroup: account,
    models: [...new Set(uses.map(({ model }) => model))],
  };
}
