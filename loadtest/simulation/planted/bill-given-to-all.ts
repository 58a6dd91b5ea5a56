// The tenant's queue lets a worker bill whatever it asks for, though a session goes on with the request elsewhere: that one's bill
// then comes too late.

import type { BillAnswered } from "#shared/messages/owed-bill.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

export const billGivenToAll: PlantedBug = {
  name: "bill-given-to-all",
  foundBy: ["usage-is-recorded-once"],
  plant: altering("tenant-queue", {
    effects: (effects) =>
      alterSends(effects, (message) =>
        message.kind === ("bill-answered" satisfies BillAnswered["kind"])
          ? { ...message, isGiven: true }
          : message,
      ),
  }),
};
