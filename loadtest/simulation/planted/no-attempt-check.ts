// The session takes the frames of any attempt: a worker that was given up, and only slept, goes on speaking to the
// client beside its successor.

import type { Address, Arrival } from "#shared/actor/actor.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

interface SessionSeen {
  readonly call?: {
    readonly place:
      | { readonly grant: { readonly attempt: number }; readonly address: Address }
      | undefined;
  };
}

export const noAttemptCheck: PlantedBug = {
  name: "no-attempt-check",
  foundBy: ["only-the-current-attempt-speaks"],
  // About as long as a session waits for a sign of life: the sleeper awakes while its successor reads the prompt.
  aim: (plan) => ({
    ...plan,
    faults: Array.from({ length: 12 }, (_, index) => ({
      atMs: 5000 + index * 2800,
      kind: "pause",
      process: `worker-${1 + (index % 3)}`,
      forMs: 2380 + index * 20,
    })),
  }),
  plant: altering("session", {
    arrival(arrival: Arrival<ToSession>, { call }: SessionSeen) {
      const { message } = arrival;
      if (message.kind !== "tokens" || call?.place === undefined) return arrival;
      const { grant, address } = call.place;
      return { ...arrival, from: address, message: { ...message, attempt: grant.attempt } };
    },
  }),
};
