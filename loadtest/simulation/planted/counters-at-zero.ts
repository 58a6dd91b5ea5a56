// A new router does not take over what the one before had counted: all stand equal again, and whoever had just been given
// much is given as much once more, at each takeover.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import { everyOwnerHandsOver, longRush, roomyTenants } from "#loadtest/simulation/long-rush.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const countersAtZero: PlantedBug = {
  name: "counters-at-zero",
  foundBy: ["counters-outlive-their-router"],
  bestSeed: 6,
  aim: everyOwnerHandsOver,
  choose: longRush,
  furnish: roomyTenants,
  plant: altering("router", {
    arrival(arrival: Arrival<ToRouter>) {
      const { message } = arrival;
      if (message.kind !== "worker-holds-pool") return arrival;
      const { counters: _, ...rest } = message;
      return { ...arrival, message: rest };
    },
  }),
};
