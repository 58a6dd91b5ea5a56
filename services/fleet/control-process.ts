// A control process of the fleet: the queues of the tenants whose shards it claims, the routers and KV accountants of
// its pools.

import { ownerProof } from "./drain-proof.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { keepAlerts } from "./open-alerts.ts";
import { openHealth } from "./open-health.ts";
import { ownedHere } from "./process-view.ts";
import type { ProcessConfig } from "./process-config.ts";
import { readProcessConfig } from "./role-configs.ts";
import type { Role } from "./run-role.ts";
import { standingFleet } from "./standing-fleet.ts";

export const controlRole: Role<ProcessConfig> = {
  role: "control",
  readConfig: readProcessConfig,
  start: async ({ config, closers, proof }) => {
    const opened = await openFleetProcess({
      role: "control",
      config,
      closers,
      firstFleet: standingFleet,
    });
    // Runs after the hand-over, which begins here.
    closers.add(() => proof.take(ownerProof(opened)));
    const { process } = config;
    const { sql } = opened.servers;
    const alerts = keepAlerts({ process, sql, onNote: opened.onNote, closers });
    opened.hearNotesBy((record) => alerts.hear(record));
    await opened.begin();
    const admin = await openHealth(opened);
    return { admin, busyWith: () => `${ownedHere(opened.host)} queues and routers to hand over` };
  },
};
