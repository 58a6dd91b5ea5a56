// The tenant's queue does not heed the name that a client gave its request: whoever asks for it again has it from then on.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const nameUnheard: PlantedBug = {
  name: "name-unheard",
  foundBy: ["a-named-request-runs-once"],
  plant: altering("tenant-queue", {
    arrival(arrival: Arrival<ToTenantQueue>) {
      const { message } = arrival;
      // Who is admitted keeps it: else two would take it from each other for ever, and the seed with them.
      if (message.kind !== "submit" || message.admitted) return arrival;
      const { idempotency: _, ...nameless } = message;
      return { ...arrival, message: nameless };
    },
  }),
};
