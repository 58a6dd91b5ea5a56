// A worker dies, or stands still with its sockets open: its streams go on elsewhere, the client sees a pause.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";

export const killWorkers: Scenario = {
  name: "kill-workers",
  about: "a worker is killed every 5 s, one after the other, and started again at once",
  async disturb(stage, { times, everyMs }) {
    for (let turn = 0; turn < times; turn++) {
      const workers = stage.members("worker");
      const victim = workers[turn % workers.length];
      if (victim === undefined) throw new Error("the fleet has no worker");
      const dueMs = performance.now() + everyMs;
      stage.kill(victim);
      await stage.restart(victim);
      await sleep(Math.max(0, dueMs - performance.now()));
    }
  },
};

const stalledMs = 8_000;

export const stallWorker: Scenario = {
  name: "stall-worker",
  about: "a worker is stopped for 8 s: its sockets stay open, nothing comes",
  async disturb(stage, { times, everyMs }) {
    for (let turn = 0; turn < Math.min(times, 3); turn++) {
      const workers = stage.members("worker");
      const victim = workers[turn % workers.length];
      if (victim === undefined) throw new Error("the fleet has no worker");
      stage.pause(victim);
      await sleep(stalledMs);
      stage.goOn(victim);
      await sleep(everyMs);
    }
  },
};
