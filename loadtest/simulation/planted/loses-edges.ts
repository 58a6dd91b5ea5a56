// Edges that die again and again while ledger and log are slow to take what they tell, and workers that do not speak for them:
// what they kept is then known to nobody else.

import type { AnyActor } from "#shared/actor/actor.ts";
import type { FaultPlan, TimedFault } from "#loadtest/simulation/fault-plan.ts";
import { edgeNames } from "#loadtest/simulation/seed-fleet.ts";
import { noWorkerWitness } from "./no-worker-witness.ts";

const everyMs = 4_000;
const untilMs = 38_000;

export const losesEdges = (plan: FaultPlan): FaultPlan => ({
  ...plan,
  ledger: { trouble: 0.3, logLoss: 0.3 },
  faults: [...plan.faults, ...edgeNames.flatMap(deathsOf)].toSorted((a, b) => a.atMs - b.atMs),
});

function deathsOf(process: string, at: number): TimedFault[] {
  const fromMs = everyMs + at * (everyMs / 2);
  const times = Math.floor((untilMs - fromMs) / everyMs);
  return Array.from({ length: times }, (_, index) => ({
    kind: "kill",
    process,
    downMs: 700,
    atMs: fromMs + index * everyMs,
  }));
}

/** Beside what else is planted. */
export const muteWorkers =
  (plant: (actor: AnyActor) => AnyActor) =>
  (actor: AnyActor): AnyActor =>
    plant(noWorkerWitness.plant?.(actor) ?? actor);
