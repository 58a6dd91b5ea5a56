// The ledger adds up what it is told of a request: an account that comes twice is billed twice.

import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { PlantedBug } from "./planted-bug.ts";

export const sumNotMax: PlantedBug = {
  name: "sum-not-max",
  foundBy: ["usage-is-recorded-once"],
  mergeUsage(standing: UsageEntry | undefined, arriving: UsageEntry): UsageEntry {
    if (standing === undefined) return arriving;
    const outputTokens = standing.record.outputTokens + arriving.record.outputTokens;
    return {
      isFinal: standing.isFinal || arriving.isFinal,
      record: { ...arriving.record, outputTokens },
    };
  },
};
