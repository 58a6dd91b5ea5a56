// The session takes the frames of any attempt: a worker that was given up, and only slept, goes on speaking to the
// client beside its successor.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

interface SessionSeen {
  readonly call?: { readonly place: { readonly grant: { readonly attempt: number } } | undefined };
}

export const noAttemptCheck: PlantedBug = {
  name: "no-attempt-check",
  foundBy: ["only-the-current-attempt-speaks"],
  plant: altering("session", {
    arrival(arrival: Arrival<ToSession>, { call }: SessionSeen) {
      const { message } = arrival;
      const attempt = call?.place?.grant.attempt;
      if (message.kind !== "tokens" || attempt === undefined) return arrival;
      return { ...arrival, message: { ...message, attempt } };
    },
  }),
};
