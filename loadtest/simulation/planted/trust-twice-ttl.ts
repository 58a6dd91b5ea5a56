// The owner trusts its lease for twice its time, counted from when the answer came: the store has long given everything
// to another, and it still acts.

import type { Arrival, Effect } from "#shared/actor/actor.ts";
import type { Owner } from "#shared/coordination/owner-state.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import { controlNames } from "#loadtest/simulation/seed-fleet.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

export const trustTwiceTtl: PlantedBug = {
  name: "trust-twice-ttl",
  foundBy: ["a-deposed-owner-is-silent"],
  // Each owner in turn does not reach the store for longer than its lease.
  aim: (plan) => ({
    ...plan,
    faults: controlNames.map((process, index) => ({
      atMs: 5000 + index * 11_000,
      kind: "store-away",
      process,
      forMs: 9000,
    })),
  }),
  plant: altering("owner", {
    effects(effects: readonly Effect[], { nowMs }: Arrival<ToOwner>, { lease }: Owner) {
      return alterSends(effects, (message) => {
        if (message.kind !== "valid-until" || lease === undefined) return message;
        lease.validUntilMs = nowMs + 2 * lease.ttlMs;
        return { kind: "valid-until", atMs: lease.validUntilMs };
      });
    },
  }),
};
