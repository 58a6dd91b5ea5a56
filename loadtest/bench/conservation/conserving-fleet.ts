// The fleet that conservation is measured on: the local cluster's own, with so little KV memory that sequences are preempted, and
// tiers of which the first may take from the others.

import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";

interface FleetText {
  readonly tiers: readonly { readonly id: string }[];
  readonly workers: readonly { readonly engine: Readonly<Record<string, unknown>> }[];
}

/** Of 16 tokens each: little more than one whole context, which is two long prompts; a third has to wait, or takes from who may less. */
const kvBlocks = 2100;
const bands: Readonly<Record<string, object>> = {
  enterprise: { band: 0, mayPreempt: true },
  business: { band: 1, mayPreempt: true },
  starter: { band: 2 },
};

/** `fleetFile`: as the cluster started with it. */
export function conservingFleet(fleetFile: string): string {
  const fleet = parse(readFileSync(fleetFile, "utf8")) as FleetText;
  const tiers = fleet.tiers.map((tier) => ({ ...tier, ...bands[tier.id] }));
  const workers = fleet.workers.map((worker) => ({
    ...worker,
    engine: { ...worker.engine, kvBlocks, adapterSlots: 2 },
  }));
  return stringify({ ...fleet, tiers, workers }, { aliasDuplicateObjects: false });
}
