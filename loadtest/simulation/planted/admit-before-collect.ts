// A tenant's new queue admits at once and asks nobody what is held: what already runs is forgotten, and the tenant
// gets as much again.

import type { Actor, AnyActor } from "#shared/actor/actor.ts";
import type { TenantQueueTimer, ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { controlNames } from "#loadtest/simulation/seed-fleet.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends } from "./planted-bug.ts";

const collected: TenantQueueTimer = { kind: "timer-fired", name: "collected" };
const questions = new Set(["collect-sessions", "collect-sequences"]);

export const admitBeforeCollect: PlantedBug = {
  name: "admit-before-collect",
  foundBy: ["limits-are-kept"],
  bestSeed: 4,
  // Owners move, one after the other; everybody could answer in time.
  aim: (plan) => ({
    ...plan,
    links: { loss: 0.003, duplication: 0.003, delay: 0.001, reordering: 0.003, lateMs: 5 },
    faults: [5, 10, 15, 20, 25, 30, 35].map((atS, index) => ({
      atMs: atS * 1000,
      kind: "hand-over",
      process: controlNames[index % controlNames.length] ?? "",
      downMs: 2000,
    })),
  }),
  plant: (actor: Actor<unknown, unknown>): AnyActor => ({
    ...actor,
    receive(state, arrival) {
      const effects = actor.receive(state, arrival);
      const { kind } = arrival.message as ToTenantQueue;
      if (actor.name !== "tenant-queue" || kind !== "placed") return effects;
      const asked = alterSends(effects, (sent) => (questions.has(sent.kind) ? undefined : sent));
      return [...asked, ...actor.receive(state, { ...arrival, message: collected })];
    },
  }),
};
