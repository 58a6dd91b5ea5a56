// A control process of the fleet: the queues of the tenants whose shards it claims, the routers and KV accountants of
// its pools.

import { openFleetProcess } from "./fleet-process.ts";
import { openHealth } from "./open-health.ts";
import type { ProcessConfig } from "./process-config.ts";
import { readProcessConfig } from "./role-configs.ts";
import type { Role } from "./run-role.ts";
import { standingFleet } from "./standing-fleet.ts";

export const controlRole: Role<ProcessConfig> = {
  role: "control",
  readConfig: readProcessConfig,
  start: async ({ config, closers }) => {
    const opened = await openFleetProcess({
      role: "control",
      config,
      closers,
      firstFleet: standingFleet,
    });
    await opened.begin();
    const admin = await openHealth(opened);
    const owned = (): number =>
      opened.host.statesOf("tenant-queue").size + opened.host.statesOf("router").size;
    return { admin, busyWith: () => `${owned()} queues and routers to hand over` };
  },
};
