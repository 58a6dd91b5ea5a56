// A tenant's owner believes that it was granted what it asked for, whatever the store had left: it spends what it never took.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { mapAmounts } from "#shared/model/quota.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering, onlyTheQuotaTenants, withoutFaults } from "./planted-bug.ts";

const more = 3_000;

export const spendsBeforeTaken: PlantedBug = {
  name: "spends-before-taken",
  foundBy: ["quotas-are-kept"],
  choose: onlyTheQuotaTenants,
  aim: withoutFaults,
  plant: altering("tenant-queue", {
    arrival(arrival: Arrival<ToTenantQueue>) {
      const { message } = arrival;
      if (message.kind !== "escrow-exchanged") return arrival;
      const windows = message.windows.map((window) => ({
        ...window,
        granted: mapAmounts((metric) => window.granted[metric] + more),
      }));
      return { ...arrival, message: { ...message, windows } };
    },
  }),
};
