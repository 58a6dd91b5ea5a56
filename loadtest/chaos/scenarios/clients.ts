// Clients that misbehave: nobody else may feel it.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";

const slowMs = 6_000;
const stormTimes = 6;
const stormEveryMs = 2_000;

export const slowClients: Scenario = {
  name: "slow-clients",
  about: "every third client stops reading for 6 s, twice",
  async disturb(stage) {
    for (let turn = 0; turn < 2; turn++) {
      const slow = stage.load.some(3);
      stage.say(`${slow.length} clients stop reading`);
      for (const stream of slow) stream.pause();
      await sleep(slowMs);
      for (const stream of slow) stream.resume();
      await sleep(slowMs);
    }
  },
};

export const disconnectStorm: Scenario = {
  name: "disconnect-storm",
  about: "every second client hangs up at once, six times",
  async disturb(stage) {
    for (let turn = 0; turn < stormTimes; turn++) {
      const gone = stage.load.some(2);
      stage.fault(`${gone.length} clients hang up`);
      for (const stream of gone) stream.cut();
      await sleep(stormEveryMs);
    }
  },
};
