// The orders in which a pool's tenants can be served, by name; what each promises stands in services/router/policy.

export const policyNames = [
  "fcfs",
  "lcf",
  "rpm",
  "drr",
  "vtc",
  "vtc-oracle",
  "dlpm",
  "sfq",
  "wfq",
] as const;

export type PolicyName = (typeof policyNames)[number];

/** Those a pool can be given: the oracle has to be told how long an answer will be, which no router knows. */
export const poolPolicyNames: readonly PolicyName[] = policyNames.filter(
  (name) => name !== "vtc-oracle",
);

export const policyNameDefault: PolicyName = "wfq";
