// What a tier or a tenant says beyond weight, band and limits. What a tenant says replaces what its tier says, a
// whole budget, list of quotas or list of zones at a time.

import type { ServiceTerms } from "#shared/model/tenant-policy.ts";

/** Only what is said: an absent field stays absent. */
export const termsOf = ({
  mayPreempt,
  bandFloorPercent,
  kvBudget,
  quotas,
  alertWebhooks,
  residency,
  uploads,
  keepsAdapters,
}: ServiceTerms): ServiceTerms => ({
  ...(mayPreempt === undefined ? {} : { mayPreempt }),
  ...(bandFloorPercent === undefined ? {} : { bandFloorPercent }),
  ...(kvBudget === undefined ? {} : { kvBudget }),
  ...(quotas === undefined ? {} : { quotas }),
  ...(alertWebhooks === undefined ? {} : { alertWebhooks }),
  ...(residency === undefined ? {} : { residency }),
  ...(uploads === undefined ? {} : { uploads }),
  ...(keepsAdapters === undefined ? {} : { keepsAdapters }),
});
