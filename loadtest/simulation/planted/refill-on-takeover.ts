// A tenant's new queue forgets what the edges tell it was admitted in the last minute: with each owner the tenant has
// its whole rate again.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { controlNames } from "#loadtest/simulation/seed-fleet.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const refillOnTakeover: PlantedBug = {
  name: "refill-on-takeover",
  foundBy: ["limits-are-kept"],
  // Owners move, one after the other.
  aim: (plan) => ({
    ...plan,
    faults: [8, 13, 18, 23, 28, 33].map((atS, index) => ({
      atMs: atS * 1000,
      kind: "hand-over",
      process: controlNames[index % controlNames.length] ?? "",
      downMs: 2000,
    })),
  }),
  plant: altering("tenant-queue", {
    arrival(arrival: Arrival<ToTenantQueue>) {
      const { message } = arrival;
      if (message.kind !== "edge-holds") return arrival;
      return { ...arrival, message: { ...message, admissions: [] } };
    },
  }),
};
