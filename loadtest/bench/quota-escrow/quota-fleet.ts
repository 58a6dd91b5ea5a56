// The fleet that the quota is measured on: the local cluster's own, and a tenant with one quota that bites and one that does not.

import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";

export const quotaTenant = "metered";

interface FleetText {
  readonly tiers: readonly unknown[];
  readonly tenants: readonly { readonly models: readonly string[] }[];
}

/** No limit but its quotas is ever met. */
const limits = {
  requestsPerMinute: 1_000_000,
  tokensPerMinute: 1_000_000_000,
  concurrencyMax: 1024,
  queueLengthMax: 4096,
  contextTokensMax: 32_768,
};

/** `fleetFile`: as the cluster started with it. */
export function quotaFleet(fleetFile: string, limit: number): string {
  const fleet = parse(readFileSync(fleetFile, "utf8")) as FleetText;
  const tier = { id: quotaTenant, weight: 1, band: 0, limits };
  const hard = { metric: "tokens", mode: "hard" };
  const tenant = {
    id: quotaTenant,
    tier: quotaTenant,
    models: fleet.tenants[0]?.models ?? [],
    quotas: [
      { ...hard, period: "day", limit },
      { ...hard, period: "week", limit: Math.ceil(limit * 1.5) },
    ],
    // As the clients of `billing-accuracy` spell a tenant's key.
    keys: [{ id: `${quotaTenant}-key`, secret: `fl-demo-${quotaTenant}` }],
  };
  return stringify(
    { ...fleet, tiers: [...fleet.tiers, tier], tenants: [...fleet.tenants, tenant] },
    { aliasDuplicateObjects: false },
  );
}
