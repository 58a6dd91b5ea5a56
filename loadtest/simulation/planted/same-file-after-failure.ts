// The outbox goes on with a file whose sync has failed, as if what it wrote before were still to be synced: the kernel has
// given those pages up, and says that all is well.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { Outbox } from "#services/metering/outbox/outbox-state.ts";
import { losesEdges, muteWorkers } from "./loses-edges.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const sameFileAfterFailure: PlantedBug = {
  name: "same-file-after-failure",
  foundBy: ["kept-usage-is-billed"],
  aim: (plan) => losesEdges({ ...plan, disk: { trouble: 0.2 } }),
  plant: muteWorkers(
    altering("outbox", {
      arrival(arrival: Arrival<ToOutbox>, { commit, phase }: Outbox) {
        const { message } = arrival;
        if (message.kind !== "disk-failed" || phase !== "open") return arrival;
        // Tried once more, and this time the sync says yes.
        const fileBytes = (commit?.file.bytes ?? 0) + 1;
        return { ...arrival, message: { kind: "synced", commit: message.commit, fileBytes } };
      },
    }),
  ),
};
