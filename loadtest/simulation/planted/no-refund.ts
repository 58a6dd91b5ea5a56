// What was charged in advance and did not run is not given back: a tenant whose requests end early pays for all that
// they could have been.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { Router } from "#services/router/router.actor.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const noRefund: PlantedBug = {
  name: "no-refund",
  foundBy: ["nobody-pays-for-what-did-not-run"],
  plant: altering("router", {
    arrival(arrival: Arrival<ToRouter>, { owned }: Router) {
      const { message } = arrival;
      if (message.kind !== "router-ended") return arrival;
      const charge = owned?.placements.find(message.requestId, message.attempt)?.charge;
      const missing = (charge?.chargedCost ?? 0) - (charge?.executedCost ?? 0);
      const outputTokens = Math.max(
        message.totals.outputTokens,
        Math.ceil(missing / costWeightsDefault.outputToken) + message.totals.outputTokens,
      );
      return { ...arrival, message: { ...message, totals: { ...message.totals, outputTokens } } };
    },
  }),
};
