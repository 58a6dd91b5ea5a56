// The worker bills what was acknowledged to it, and forgets that a client may have received what its session had not
// acknowledged yet when its edge died.

import type { Usage } from "#shared/messages/to-meter.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

/** As often as a session acknowledges. */
const ackedEvery = 32;

export const witnessBillsAcked: PlantedBug = {
  name: "witness-bills-acked",
  foundBy: ["usage-is-recorded-once"],
  bestSeed: 2,
  plant: altering("worker", {
    effects: (effects) =>
      alterSends(effects, (message) => {
        if (message.kind !== "usage") return message;
        const { record, ...usage } = message as Usage;
        const outputTokens = Math.floor(record.outputTokens / ackedEvery) * ackedEvery;
        return { ...usage, record: { ...record, outputTokens } };
      }),
  }),
};
