// A tenant's new queue admits at once, before edges and workers have told what they hold: what already runs is
// forgotten, and the tenant gets as much again.

import type { Actor, AnyActor } from "#shared/actor/actor.ts";
import type { TenantQueueTimer, ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { PlantedBug } from "./planted-bug.ts";

const collected: TenantQueueTimer = { kind: "timer-fired", name: "collected" };

export const admitBeforeCollect: PlantedBug = {
  name: "admit-before-collect",
  foundBy: ["limits-are-kept"],
  plant: (actor: Actor<unknown, unknown>): AnyActor => ({
    ...actor,
    receive(state, arrival) {
      const effects = actor.receive(state, arrival);
      const { kind } = arrival.message as ToTenantQueue;
      if (actor.name !== "tenant-queue" || kind !== "placed") return effects;
      return [...effects, ...actor.receive(state, { ...arrival, message: collected })];
    },
  }),
};
