// The accountant says that the blocks of a second attempt are released, and keeps them booked: what a failover
// took is never given back.

import type { Actor, AnyActor, Arrival } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { ToKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import type { PlantedBug } from "./planted-bug.ts";

export const leakedBooking: PlantedBug = {
  name: "leaked-booking",
  foundBy: ["blocks-are-conserved", "no-reservation-is-left"],
  plant: (actor: Actor<unknown, unknown>): AnyActor => ({
    ...actor,
    receive(state, arrival) {
      const { message, from } = arrival as Arrival<ToKvAccountant>;
      const isLeak =
        actor.name === "kv-accountant" && message.kind === "release" && message.attempt > 1;
      if (!isLeak) return actor.receive(state, arrival);
      const { requestId, attempt } = message;
      return [send(from, { kind: "released", requestId, attempt })];
    },
  }),
};
