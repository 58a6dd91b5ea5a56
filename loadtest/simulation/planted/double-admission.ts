// The queue forgets how many requests it admitted in the last minute whenever it is asked for one more.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const doubleAdmission: PlantedBug = {
  name: "double-admission",
  foundBy: ["limits-are-kept"],
  plant: altering("tenant-queue", {
    arrival(arrival: Arrival<ToTenantQueue>, { window }: TenantQueue) {
      if (arrival.message.kind !== "submit") return arrival;
      for (const step of window.steps) step.requests = 0;
      window.requests = 0;
      return arrival;
    },
  }),
};
