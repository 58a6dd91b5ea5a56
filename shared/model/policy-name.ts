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

export const policyNameDefault: PolicyName = "wfq";
