// A request is computed in a zone where its tenant's requests may run, and in no other, whatever died, moved or was drained
// meanwhile. Judged at the engine: what reaches it is computed and kept there; and the ledger says of what ran where that was.

import { workerAddress } from "#shared/messages/addresses.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import { witnessesLost } from "#shared/model/abandoned-account.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";
import { residencyOf, zoneOf } from "#loadtest/simulation/seed-fleet.ts";

export const aRequestRunsWithinItsResidency: Checker = {
  name: "a-request-runs-within-its-residency",
  watch(report) {
    return {
      kinds: ["engine"],
      observer: {
        received(_process, self, { arrival }) {
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
      judge({ ledger }) {
        for (const { entry } of ledger.values()) {
          const { tenant, requestId, worker, zone, outcome } = entry.record;
          // Two open accounts of two attempts may have mixed their words.
          if (!entry.isFinal || outcome === witnessesLost) continue;
          // Only what overtook the worker's word that it runs the request names no zone.
          const isRight = zone === "" || zone === zoneOf(workerAddress(worker as WorkerId));
          const residency = residencyOf(tenant) ?? [zone];
          if (!isRight) report(`${requestId} ran at ${worker}, recorded in ${zone}`);
          if (zone !== "" && !residency.includes(zone)) report(`${requestId} recorded in ${zone}`);
        }
      },
    };
  },
};
