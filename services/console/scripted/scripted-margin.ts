// A margin desk of a scripted platform: one tenant that earns and one that loses, with the question it was asked.

import type { MarginDesk, MarginLine, MarginQuestion } from "#shared/model/margin.ts";
import { MarginError } from "#shared/model/margin.ts";

const parts = {
  input: "1.00",
  cachedInput: "0.00",
  output: "2.00",
  fees: "0.00",
  adapters: "0.00",
  reserved: "0.00",
};

const line = (tenant: string, margin: string, marginPercent: string): MarginLine => ({
  shape: { tenant },
  revenue: "3.00",
  parts,
  direct: "1.50",
  recompute: "0.25",
  allocated: "0.50",
  margin,
  marginPercent,
});

/** A tenant called `euro` is priced in another currency. */
export function scriptedMargin(): MarginDesk {
  const periodOf = ({ tenant, fromEpochMs, toEpochMs }: MarginQuestion) => {
    if (tenant === "euro") {
      throw new MarginError("currency_mismatch", "prices of euro are in EUR and GPU rates in USD");
    }
    return { fromEpochMs, toEpochMs, currency: "USD" };
  };
  return {
    report: async ({ by, ...question }) => ({
      ...periodOf(question),
      by,
      lines: [line("=bolt, Inc", "-1.00", "-33.33"), line("acme", "1.00", "33.33")],
      unattributed: { gpuUs: 5, cost: "0.10" },
      rounding: "-0.004",
      total: { revenue: "5.996", cost: "6.10", margin: "-0.104", marginPercent: "-1.73" },
      unpricedUs: 2_500_000,
      notes: ["corner has no billing account: it brings nothing"],
    }),
    shapes: async ({ limit, isAll, ...question }) => ({
      ...periodOf(question),
      shapesSeen: 2,
      unprofitable: 1,
      shapes: [
        {
          shape: { tenant: "bolt", model: "m1", adapterDigest: "", poolClass: "interactive" },
          requests: 7,
          revenue: "3.00",
          cost: "4.00",
          loss: "1.00",
          reasons: [{ factor: "recompute" as const, amount: "1.20", evidence: "33 % again" }],
          gains: [{ factor: "price-too-low" as const, amount: "-0.20", evidence: "it is not" }],
        },
        {
          shape: { tenant: "acme", model: "m1", adapterDigest: "", poolClass: "interactive" },
          requests: 7,
          revenue: "3.00",
          cost: "2.00",
          loss: "-1.00",
          reasons: [],
          gains: [{ factor: "price-too-low" as const, amount: "-1.00", evidence: "it is not" }],
          isSplitByWallTime: true as const,
        },
      ].slice(0, isAll ? limit : 1),
      notes: [],
    }),
  };
}
