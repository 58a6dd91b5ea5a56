// A proof of billing that says what a test wants it to.

import type { Reconciling } from "#shared/ledger/reconcile/reconciling.ts";
import type { Reconciliation } from "#shared/model/reconciliation.ts";

export const scriptedReconciliation: Reconciliation = {
  fromEpochMs: 1_700_000_000_000,
  toEpochMs: 1_700_003_600_000,
  takenAtEpochMs: 1_700_007_200_000,
  countedSinceEpochMs: 1_600_000_000_000,
  verdict: "agrees",
  tenants: [
    {
      tenant: "acme",
      admitted: 3,
      served: 2,
      cancelled: 1,
      failed: 0,
      counters: 2,
      rows: 3,
      finalRows: 3,
      promptTokens: 30,
      cachedTokens: 5,
      outputTokens: 70,
      differences: [],
    },
  ],
  outboxes: [{ process: "edge-a-1", pending: 0 }],
  silent: [],
  omitted: 0,
};

export const scriptedReconciling = (
  commands: string[],
  say: () => Reconciliation,
): Reconciling => ({
  check: async (ask) => {
    commands.push(`reconcile ${JSON.stringify(ask)}`);
    return say();
  },
  repair: async (ask) => {
    commands.push(`repair ${JSON.stringify(ask)}`);
    return { ...say(), repairs: [] };
  },
});
