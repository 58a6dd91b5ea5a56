// Who could not have its lease kept in time gives up everything that hangs on it, its worker's life too, though a store
// without a majority gives nothing of it to anybody: every stream breaks at once.

import { workerAddress } from "#shared/messages/addresses.ts";
import type { Effect } from "#shared/actor/actor.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { Arrival } from "#shared/actor/actor.ts";
import type { Owner } from "#shared/coordination/owner-state.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const diesWithItsStore: PlantedBug = {
  name: "dies-with-its-store",
  foundBy: ["the-store-ends-no-stream"],
  aim: (plan) => ({ ...plan, faults: [{ atMs: 9000, kind: "store-gone", forMs: 9000 }] }),
  plant: altering("owner", {
    effects(effects: readonly Effect[], _: Arrival<ToOwner>, { begun }: Owner) {
      const isDistrusted = effects.some(
        (effect) => effect.kind === "note" && effect.event === "owner.lease-not-kept",
      );
      if (!isDistrusted || begun === undefined) return effects;
      return [
        ...effects,
        ...begun.workers.map((worker) =>
          toWorker(workerAddress(worker as WorkerId), { kind: "registration-lost" }),
        ),
      ];
    },
  }),
};
