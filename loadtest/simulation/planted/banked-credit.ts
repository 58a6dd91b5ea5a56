// A tenant that comes back starts where it stopped, however long ago: what it did not ask for meanwhile is credit, and
// it is served alone until that is used up.

import type { Arrival, Effect } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { Router } from "#services/router/router.actor.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering, withoutFaults } from "./planted-bug.ts";

const nowhere: PropertyDescriptor = { get: () => 0, set: () => undefined };

export const bankedCredit: PlantedBug = {
  name: "banked-credit",
  foundBy: ["the-service-gap-is-bounded", "no-tenant-starves"],
  bestSeed: 2,
  // One router all the while: a takeover would begin anew with everybody at one virtual time.
  aim: withoutFaults,
  plant: altering("router", {
    effects(effects: readonly Effect[], _: Arrival<ToRouter>, { owned }: Router) {
      for (const account of owned?.accounts.values() ?? []) {
        Object.defineProperty(account, "lift", nowhere);
      }
      return effects;
    },
  }),
};
