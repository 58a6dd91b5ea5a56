// When all is healed and every client is gone, everything drains within a bound: no reservation, offer, place, pin,
// booking, sequence or unpaid record is left anywhere, and each shard and pool has one owner.

import type { Checker } from "#loadtest/simulation/checker.ts";
import { leftovers } from "#loadtest/simulation/leftovers.ts";

export const noReservationIsLeft: Checker = {
  name: "no-reservation-is-left",
  watch: (report) => ({
    judge(outcome) {
      for (const leftover of leftovers(outcome)) report(leftover);
    },
  }),
};
