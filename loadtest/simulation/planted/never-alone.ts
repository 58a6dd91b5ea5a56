// The router forgets under which suspicion a request stands: who was in flight at two engine crashes goes on in company, and
// takes more and more engines with it.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const neverAlone: PlantedBug = {
  name: "never-alone",
  foundBy: ["at-most-three-crashes-by-one-request"],
  plant: altering("router", {
    arrival(arrival: Arrival<ToRouter>) {
      const { message } = arrival;
      if (message.kind === "offer") {
        const { suspicion, ...offer } = message;
        return suspicion === undefined ? arrival : { ...arrival, message: offer };
      }
      if (message.kind !== "router-ended") return arrival;
      const { crash, ...ended } = message;
      return crash === undefined ? arrival : { ...arrival, message: ended };
    },
  }),
};
