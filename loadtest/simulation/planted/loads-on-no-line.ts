// A worker books no time in which nothing ran but an adapter came in: it is on no line.

import type { RecordGpuTime } from "#shared/messages/to-ledger.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

export const loadsOnNoLine: PlantedBug = {
  name: "loads-on-no-line",
  foundBy: ["gpu-time-is-conserved"],
  plant: altering("worker", {
    effects: (effects) =>
      alterSends(effects, (message) => {
        if (message.kind !== ("record-gpu-time" satisfies RecordGpuTime["kind"])) return message;
        const { word } = message as RecordGpuTime;
        // Idle, too: in most seeds loads are short.
        return { ...message, word: { ...word, lines: { ...word.lines, loadUs: 0, idleUs: 0 } } };
      }),
  }),
};
