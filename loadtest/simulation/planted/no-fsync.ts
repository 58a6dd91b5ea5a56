// The outbox takes what it wrote for kept, and never syncs: when the machine goes down, so does the bill.

import { send } from "#shared/actor/actor.ts";
import type { Effect } from "#shared/actor/actor.ts";
import type { ToDisk } from "#shared/messages/to-disk.ts";
import { toOutbox } from "#shared/messages/to-outbox.ts";
import type { Outbox } from "#services/metering/outbox/outbox-state.ts";
import { losesEdges } from "./loses-edges.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

export const noFsync: PlantedBug = {
  name: "no-fsync",
  foundBy: ["kept-usage-is-billed"],
  aim: losesEdges,
  plant: altering("outbox", {
    effects: (effects, _arrival, state: Outbox) =>
      effects.map((effect): Effect => {
        if (effect.kind !== "send") return effect;
        const asked = effect.message as ToDisk;
        if (asked.kind !== "sync") return effect;
        const { commit } = asked;
        const said = toOutbox(state.self, { kind: "synced", commit, fileBytes: 1 });
        return send(said.to, said.message);
      }),
  }),
};
