// The router charges nothing for what ran: a place's charge in advance is refunded whole when it ends, so that every
// tenant stands where it stood, and the one whose request looks shortest is always the next.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const noCharge: PlantedBug = {
  name: "no-charge",
  foundBy: ["the-service-gap-is-bounded", "no-tenant-starves"],
  plant: altering("router", {
    arrival(arrival: Arrival<ToRouter>) {
      const { message } = arrival;
      switch (message.kind) {
        case "router-ended":
          return { ...arrival, message: { ...message, totals: nothingExecuted } };
        case "router-progress": {
          const sequences = message.sequences.map((one) => ({ ...one, totals: nothingExecuted }));
          return { ...arrival, message: { ...message, sequences } };
        }
        default:
          return arrival;
      }
    },
  }),
};
