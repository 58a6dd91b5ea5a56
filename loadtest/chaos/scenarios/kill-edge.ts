// An edge dies with the sockets of its clients: they see a broken stream, never a clean end, and resume at another edge; or
// stay away, and their worker ends and bills what they left.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";

export const killEdge: Scenario = {
  name: "kill-edge",
  about: "each edge in turn is killed and started again; each fourth of its clients stays away",
  clientsStayAway: true,
  async disturb(stage, { everyMs }) {
    for (const { name } of stage.members("edge")) {
      const victim = stage.members("edge").find((edge) => edge.name === name);
      if (victim === undefined) continue;
      stage.kill(victim);
      await sleep(everyMs);
      await stage.restart(victim);
      await sleep(everyMs);
    }
  },
};
