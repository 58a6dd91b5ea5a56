// The fleet that the limits are measured on: the local cluster's own, and a tenant with one limit that bites.

import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";

export type LimitKind = "requests" | "tokens";

export const limitedTenant = "limited";
export const limitedKey = "fl-bench-limited";

/** In the simulated models' tokenizer a token is four bytes. */
export const promptTokens = 12;
export const outputTokens = 4;
const tokensEach: number = promptTokens + outputTokens;

/** Both limits allow as many requests a minute, as long as each uses what it may. */
const limitsOf = (kind: LimitKind, perMinute: number): Readonly<Record<string, number>> => ({
  requestsPerMinute: kind === "requests" ? perMinute : 1_000_000,
  tokensPerMinute: kind === "tokens" ? perMinute * tokensEach : 1_000_000_000,
  concurrencyMax: 1024,
  queueLengthMax: 4096,
  contextTokensMax: 32_768,
});

interface FleetText {
  readonly tiers: readonly unknown[];
  readonly tenants: readonly { readonly models: readonly string[] }[];
}

/** `fleetFile`: as the cluster started with it. */
export function limitedFleet(fleetFile: string, kind: LimitKind, perMinute: number): string {
  const fleet = parse(readFileSync(fleetFile, "utf8")) as FleetText;
  const tier = { id: limitedTenant, weight: 1, band: 0, limits: limitsOf(kind, perMinute) };
  const tenant = {
    id: limitedTenant,
    tier: limitedTenant,
    models: fleet.tenants[0]?.models ?? [],
    keys: [{ id: `${limitedTenant}-key`, secret: limitedKey }],
  };
  return stringify(
    { ...fleet, tiers: [...fleet.tiers, tier], tenants: [...fleet.tenants, tenant] },
    { aliasDuplicateObjects: false },
  );
}
