// A request is computed in a zone where its tenant's requests may run, and in no other, whatever died, moved or was drained
// meanwhile. Judged at the engine: what reaches it is computed and kept there.

import { kindOf } from "#shared/messages/addresses.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";
import { residencyOf, zoneOf } from "#loadtest/simulation/seed-fleet.ts";

export const aRequestRunsWithinItsResidency: Checker = {
  name: "a-request-runs-within-its-residency",
  watch(report) {
    return {
      observer: {
        received(_process, self, { arrival }) {
          if (kindOf(self) !== "engine") return;
          const message = arrival.message as ToEngine;
          if (message.kind !== "run") return;
          const residency = residencyOf(message.tenant);
          const zone = zoneOf(self);
          if (residency === undefined || residency.includes(zone)) return;
          report(
            `${message.sequence} of ${message.tenant} runs in ${zone}, not in ${residency.join(", ")}`,
          );
        },
      },
    };
  },
};
