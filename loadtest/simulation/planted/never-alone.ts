// Router and session forget that engines died with a request, which each of them has to know for itself: who was in flight at two
// crashes goes on in company, and takes more and more engines with it.

import type { AnyActor, Arrival } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

const inRouter = altering("router", {
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
});

const inSession = altering("session", {
  arrival(arrival: Arrival<ToSession>) {
    const { message } = arrival;
    if (message.kind !== "returned") return arrival;
    const { crash, ...returned } = message;
    return crash === undefined ? arrival : { ...arrival, message: returned };
  },
});

export const neverAlone: PlantedBug = {
  name: "never-alone",
  foundBy: ["at-most-three-crashes-by-one-request"],
  bestSeed: 3,
  plant: (actor: AnyActor) => inRouter(inSession(actor)),
};
