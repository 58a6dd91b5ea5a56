// A metering process of the fleet: brings usage from the stream to the ledger.

import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { startUsageToLedger } from "#services/metering/jetstream-to-ledger.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { openHealth } from "./open-health.ts";
import type { ProcessConfig } from "./process-config.ts";
import { readProcessConfig } from "./role-configs.ts";
import type { Role } from "./run-role.ts";
import { standingFleet } from "./standing-fleet.ts";

export const meteringRole: Role<ProcessConfig> = {
  role: "metering",
  readConfig: readProcessConfig,
  start: async ({ config, closers }) => {
    const opened = await openFleetProcess({
      role: "metering",
      config,
      closers,
      firstFleet: standingFleet,
    });
    const { servers, onNote } = opened;
    const usage = await startUsageToLedger({
      link: servers.link,
      ledger: sqlLedger(servers.sql),
      onNote,
    });
    closers.add(() => usage.close());
    await opened.begin();
    const admin = await openHealth(opened);
    return { admin, busyWith: () => `${usage.pending()} usage messages` };
  },
};
