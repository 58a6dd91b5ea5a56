// The session writes a frame whole though the client has its beginning already: a resent or duplicated frame is
// read twice.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

interface SessionSeen {
  readonly call?: { readonly delivered: readonly number[] };
}

export const noIndexDedupe: PlantedBug = {
  name: "no-index-dedupe",
  foundBy: ["delivered-text-is-the-oracles"],
  plant: altering("session", {
    arrival(arrival: Arrival<ToSession>, { call }: SessionSeen) {
      const { message } = arrival;
      const nextIndex = call?.delivered.length ?? 0;
      if (message.kind !== "tokens" || message.firstIndex >= nextIndex) return arrival;
      return { ...arrival, message: { ...message, firstIndex: nextIndex } };
    },
  }),
};
