// The meter trusts the log: what the log has taken it forgets, as if the ledger had it. When the log loses its tail, the
// bill is gone.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const trimOnPublishAck: PlantedBug = {
  name: "trim-on-publish-ack",
  foundBy: ["usage-is-recorded-once"],
  bestSeed: 2,
  plant: altering("meter", {
    arrival(arrival: Arrival<ToMeter>) {
      const { message } = arrival;
      if (message.kind !== "taken") return arrival;
      return { ...arrival, message: { ...message, kind: "recorded" } };
    },
  }),
};
