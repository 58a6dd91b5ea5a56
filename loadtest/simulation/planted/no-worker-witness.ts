// The worker is no witness: what an edge took with it when it died, and nobody came back for, is on no bill.

import type { ToMeter } from "#shared/messages/to-meter.ts";
import { edgeNames } from "#loadtest/simulation/seed-fleet.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

export const noWorkerWitness: PlantedBug = {
  name: "no-worker-witness",
  foundBy: ["usage-is-recorded-once"],
  // Edges die in turn.
  aim: (plan) => ({
    ...plan,
    faults: [8, 16, 24, 32].map((atS, index) => ({
      atMs: atS * 1000,
      kind: "kill",
      process: edgeNames[index % edgeNames.length] ?? "",
      downMs: 3000,
    })),
  }),
  plant: altering("worker", {
    effects: (effects) =>
      alterSends(effects, (message) =>
        message.kind === ("usage" satisfies ToMeter["kind"]) ? undefined : message,
      ),
  }),
};
