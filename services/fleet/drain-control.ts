// Keeps the operator's wishes about workers and zones in the coordination store, where whom they concern finds them.

import type { Coordination, PutOutcome, Unknown } from "#shared/coordination/coordination.ts";
import { encodeDrainFlag, workerDrainKey, zoneDrainKey } from "#shared/coordination/drain-flags.ts";
import type { DrainControl } from "#services/console/platform-view.ts";

const triesMax = 3;

export function drainControl(coordination: Pick<Coordination, "put">): DrainControl {
  const put = (key: string, value: string): Promise<PutOutcome | Unknown> =>
    new Promise((resolve) => coordination.put({ key, value }, resolve));
  return {
    wish: async ({ kind, id }, flag) => {
      const key = kind === "zone" ? zoneDrainKey(id) : workerDrainKey(id);
      // The same value again does no harm, so what is unknown is simply asked again.
      for (let tries = 0; tries < triesMax; tries++) {
        const outcome = await put(key, encodeDrainFlag(flag));
        if (outcome.kind === "put") return "kept";
      }
      return "unknown";
    },
  };
}
