// A ledger that holds what a test has put there.

import type { Ledger, UsageFilter, UsageTotals } from "#shared/ledger/ledger.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";

export const scriptedLedger = (
  usage: () => readonly UsageEntry[],
): Pick<Ledger, "usageOf" | "totals"> => ({
  usageOf: async ({ limit, ...filter }) =>
    usage()
      .filter((entry) => isOf(entry, filter))
      .slice(0, limit),
  totals: async (filter = {}) => {
    const counted = usage().filter((entry) => isOf(entry, filter));
    const outputTokens = counted.reduce((sum, { record }) => sum + record.outputTokens, 0);
    return { requests: counted.length, outputTokens } as UsageTotals;
  },
});

const isOf = (
  { record }: UsageEntry,
  { tenant: of, requestId, sinceEpochMs }: UsageFilter,
): boolean =>
  (of === undefined || record.tenant === of) &&
  (requestId === undefined || record.requestId === requestId) &&
  record.arrivedAtEpochMs >= (sinceEpochMs ?? 0);
