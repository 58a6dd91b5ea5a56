// The queue forgets the last minute at each request that it is asked to admit: every minute is admitted again and again.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

const longAgoSeconds = 1000;

export const doubleAdmission: PlantedBug = {
  name: "double-admission",
  foundBy: ["limits-are-kept"],
  plant: altering("tenant-queue", {
    arrival(arrival: Arrival<ToTenantQueue>, { window }: TenantQueue) {
      if (arrival.message.kind === "submit") window.newestSecond -= longAgoSeconds;
      return arrival;
    },
  }),
};
