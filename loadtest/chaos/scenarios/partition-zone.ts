// A zone loses the others, and they lose it, for longer than a lease: nothing dies, nothing passes. Its clients are on its side.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";
import { partZone } from "#loadtest/chaos/partition/part-zone.ts";

const cutMs = 8_000;
/** Leases, takeovers, and streams that waited for them. */
const quietMs = 12_000;
const readyWithinMs = 60_000;
/** One NATS, one etcd, an edge, an owner and a worker of the local fleet; nothing of which there is only one. */
const zone = "eu-b";

export const partitionZone: Scenario = {
  name: "partition-zone",
  about: `zone ${zone} is cut off from the others for 8 s, its clients with it, twice`,
  arrange: (folder) => partZone(folder, zone),
  async disturb(stage, _pace, parted) {
    if (parted === undefined) throw new Error("no zone was parted");
    for (let turn = 0; turn < 2; turn++) {
      stage.fault(`cuts ${zone} off`);
      await parted.cut();
      await sleep(cutMs);
      stage.say(`${zone} is back`);
      await parted.heal();
      await sleep(quietMs);
    }
    await stage.untilReady(readyWithinMs);
  },
};
