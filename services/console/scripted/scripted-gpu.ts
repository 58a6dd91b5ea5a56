// GPU accounts of a scripted platform: nothing ran, and rates are kept as they are set.

import type { GpuRateSet } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import type { GpuAccounts } from "#services/console/money/cost-routes.ts";

export function scriptedGpu(): GpuAccounts {
  let standing: GpuRateSet = { version: 0, rates: [] };
  return {
    groups: async () => [],
    shapes: async () => [],
    lives: async () => [],
    usageUs: async () => 0,
    rates: async () => standing,
    setRates: async (rates) => {
      standing = { version: standing.version + 1, rates };
      return standing;
    },
  };
}
