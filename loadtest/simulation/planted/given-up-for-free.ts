// What an attempt had that was given up is in nobody's record: its session takes the totals of the last one alone.

import type { PlantedBug } from "./planted-bug.ts";
import { altering, withoutFaults } from "./planted-bug.ts";
import type { Session } from "#services/edge/session/session-state.ts";

export const givenUpForFree: PlantedBug = {
  name: "given-up-for-free",
  foundBy: ["gpu-time-is-conserved"],
  bestSeed: 2,
  // Nobody dies: what is missing is missing.
  aim: withoutFaults,
  plant: altering("session", {
    arrival: (arrival, state: Session) => {
      const { call } = state;
      if (call !== undefined) {
        for (const attempt of call.totals.keys()) {
          if (attempt < call.attempt) call.totals.delete(attempt);
        }
      }
      return arrival;
    },
  }),
};
