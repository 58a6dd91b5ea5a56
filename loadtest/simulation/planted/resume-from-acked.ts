// A stream that is read on goes on from the token that its worker heard acknowledged last, not from the one that the client
// named: what was shown since then is shown again.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

/** As often as a session acknowledges. */
const ackedEvery = 32;

export const resumeFromAcked: PlantedBug = {
  name: "resume-from-acked",
  foundBy: ["delivered-text-is-the-oracles"],
  plant: altering("session", {
    arrival(arrival: Arrival<ToSession>) {
      const { message } = arrival;
      if (message.kind !== "resume") return arrival;
      const acked = Math.floor((message.after + 1) / ackedEvery) * ackedEvery;
      return { ...arrival, message: { ...message, after: acked - 1 } };
    },
  }),
};
