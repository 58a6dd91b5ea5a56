// The desired state before it has a version: what a fleet file says, resolved, and the tiers it was resolved from.

import { createHash } from "node:crypto";
import type { Fleet } from "#shared/model/fleet.ts";
import type { ServiceTerms, TenantLimits } from "#shared/model/tenant-policy.ts";

/** A tenant has its tier's weight and band; limits, KV budget and quotas unless the tenant names its own. */
export interface Tier extends ServiceTerms {
  readonly id: string;
  readonly weight: number;
  readonly band: number;
  readonly limits: TenantLimits;
}

export interface DesiredFleet extends Omit<Fleet, "version"> {
  readonly tiers: readonly Tier[];
}

/** Equal for two fleets that say the same, in whatever order. */
export function fleetDigest(fleet: DesiredFleet): string {
  return createHash("sha256").update(canonical(fleet)).digest("hex");
}

// Every list of a fleet is a set: order says nothing.
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(",")}}`;
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");
