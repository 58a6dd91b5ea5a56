// The store's asker goes by a clock that is a window behind once the windows have ended: the owner is told the window that is over, and
// its tenant has what was left of it once more.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { windowAt } from "#shared/model/quota-window.ts";
import { windowsEndAtEpochMs } from "#loadtest/simulation/seed-calendar.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering, onlyTheQuotaTenants } from "./planted-bug.ts";

/** Into the new windows, where everybody has entered them. */
const backAfterMs = 6_000;

export const windowReEntered: PlantedBug = {
  name: "window-re-entered",
  foundBy: ["quotas-are-kept"],
  choose: onlyTheQuotaTenants,
  plant: altering("tenant-queue", {
    arrival(arrival: Arrival<ToTenantQueue>) {
      const { message } = arrival;
      if (message.kind !== "escrow-exchanged") return arrival;
      const windows = message.windows.map((each) => {
        const askedAtEpochMs = each.endsAtEpochMs - each.endsInMs;
        if (askedAtEpochMs < windowsEndAtEpochMs + backAfterMs) return each;
        return { ...each, window: windowAt(each.period, windowsEndAtEpochMs - 1) };
      });
      return { ...arrival, message: { ...message, windows } };
    },
  }),
};
