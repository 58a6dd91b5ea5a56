// The worker says each end once and trusts the network: when it is lost, the router never learns that the place
// is free.

import type { Arrival, Effect } from "#shared/actor/actor.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

export const endsSaidOnce: PlantedBug = {
  name: "ends-said-once",
  foundBy: ["no-reservation-is-left", "blocks-are-conserved"],
  plant: altering("worker", {
    effects: (effects: readonly Effect[], { message: { kind } }: Arrival<ToWorker>) =>
      kind !== "timer-fired"
        ? effects
        : alterSends(effects, (message) => (message.kind === "router-ended" ? undefined : message)),
  }),
};
