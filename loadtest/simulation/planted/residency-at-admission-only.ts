// Where a request may run is looked at when it is admitted and never again: the router gives it any place, and the worker
// there takes it.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

const inRouter = altering("router", { arrival: withoutResidency });
const inWorker = altering("worker", { arrival: withoutResidency });

export const residencyAtAdmissionOnly: PlantedBug = {
  name: "residency-at-admission-only",
  foundBy: ["a-request-runs-within-its-residency"],
  plant: (actor) => inRouter(inWorker(actor)),
};

function withoutResidency(arrival: Arrival<ToRouter | ToWorker>): Arrival<unknown> {
  const { message } = arrival;
  if (message.kind !== "offer" && message.kind !== "start") return arrival;
  const { residency: _, ...anywhere } = message;
  return { ...arrival, message: anywhere };
}
