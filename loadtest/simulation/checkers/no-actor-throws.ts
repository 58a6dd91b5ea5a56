// Assertions are laws: none breaks, whatever the world does. And no actor says anything its receiver's guard drops.

import type { Address } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";

export const noActorThrows: Checker = {
  name: "no-actor-throws",
  watch: (report) => ({
    observer: {
      threw(process, self, bug) {
        const where = bug instanceof Error ? (bug.stack ?? bug.message) : String(bug);
        report(`${process} ${self}: ${where.split("\n").slice(0, 4).join(" ")}`);
      },
      noted(process, { actor, event, fields }) {
        if (event !== "host.dropped" && event !== "host.stopped-actor") return;
        const why = String(fields["why"] ?? fields["reason"]);
        if (expected.has(why) || (why === "unknown kind" && isOwned(actor))) return;
        report(`${process} ${actor}: ${event}, ${why}`);
      },
    },
  }),
};

/** The world's business: an address that was disowned, a lease that ran out. */
const expected = new Set(["not owned", "ownership no longer valid", "stopped"]);

/** Nobody owns it at the moment: such a message goes nowhere. */
const isOwned = (address: Address): boolean =>
  ["tenant-queue", "router", "kv-accountant"].includes(kindOf(address));
