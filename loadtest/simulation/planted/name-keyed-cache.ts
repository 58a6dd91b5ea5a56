// The engine's prefix cache is keyed by the words alone, without the tenant's salt and the adapter's digest: keys and
// values computed under one adapter, or for one tenant, are used for another.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const nameKeyedCache: PlantedBug = {
  name: "name-keyed-cache",
  foundBy: ["a-prefix-hit-is-its-own"],
  plant: altering("engine", {
    arrival(arrival: Arrival<ToEngine>) {
      const { message } = arrival;
      if (message.kind !== "run") return arrival;
      return { ...arrival, message: { ...message, namespace: "everybody's" } };
    },
  }),
};
