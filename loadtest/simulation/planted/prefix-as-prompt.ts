// The worker runs a failed-over sequence from the start again instead of after its forced prefix, and numbers its
// tokens as if it had not: the client reads the beginning once more.

import type { Arrival, Effect } from "#shared/actor/actor.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

export const prefixAsPrompt: PlantedBug = {
  name: "prefix-as-prompt",
  foundBy: ["delivered-text-is-the-oracles"],
  plant: altering("worker", {
    effects: (effects: readonly Effect[], _arrival: Arrival<never>) =>
      alterSends(effects, (message) =>
        message.kind === "run" ? { ...message, forcedPrefix: [] } : message,
      ),
  }),
};
