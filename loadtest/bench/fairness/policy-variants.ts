// What is compared: each policy of the router by its name, in the identical engine; and the default one without each of
// the two levers that work between steps, so that it can be told what they bring.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { policyNames } from "#shared/model/policy-name.ts";
import type { HousePlan } from "./house-plan.ts";

export interface PolicyVariant {
  /** As rows name it. */
  readonly name: string;
  readonly policy: PolicyName;
  /** Absent: as the router has it, on for the default policy and off for the others. */
  readonly preemption?: "off";
  /** How the engine fills its steps. Absent: fair. */
  readonly batching?: "fifo";
}

export const policyVariants: readonly PolicyVariant[] = [
  ...policyNames.map((name) => ({ name, policy: name })),
  { name: "wfq-no-preempt", policy: "wfq", preemption: "off" },
  { name: "wfq-fifo-engine", policy: "wfq", batching: "fifo" },
];

/** What a variant decides of a house. */
export const termsOf = (
  { policy, preemption, batching }: PolicyVariant,
  engine: SimulatedEngineSpec,
): Pick<HousePlan, "policy" | "preemption" | "engine"> => ({
  policy,
  ...(preemption === undefined ? {} : { preemption }),
  engine: batching === undefined ? engine : { ...engine, batching },
});

/** `a,b`; absent: all. Throws an `Error` that lists the known ones. */
export function variantsNamed(list: string | undefined): readonly PolicyVariant[] {
  if (list === undefined) return policyVariants;
  return list.split(",").map((name) => {
    const found = policyVariants.find((variant) => variant.name === name.trim());
    if (found !== undefined) return found;
    const known = policyVariants.map((variant) => variant.name).join(", ");
    throw new Error(`--policies: "${name}" is none of ${known}`);
  });
}
