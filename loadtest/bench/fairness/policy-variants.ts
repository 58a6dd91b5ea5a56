// What is compared: each policy of the router by its name, in the identical engine.

import type { PolicyName } from "#shared/model/policy-name.ts";
import { policyNames } from "#shared/model/policy-name.ts";

export interface PolicyVariant {
  /** As rows name it. */
  readonly name: string;
  readonly policy: PolicyName;
}

export const policyVariants: readonly PolicyVariant[] = policyNames.map((name) => ({
  name,
  policy: name,
}));

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
