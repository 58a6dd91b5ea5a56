// A metering process of the fleet: brings usage from the stream to the ledger.

import { rollUp } from "#shared/ledger/roll-up.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { sqlGpuLedger } from "#shared/ledger/sql-gpu-ledger.ts";
import { startUsageToLedger } from "#services/metering/jetstream-to-ledger.ts";
import { startRollingUp } from "#services/metering/roll-up-usage.ts";
import { startSettlingAbandoned } from "#services/metering/settle-abandoned.ts";
import type { ConservationWatch } from "#services/metering/watch-conservation.ts";
import { watchConservation } from "#services/metering/watch-conservation.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { openHealth } from "./open-health.ts";
import type { ProcessConfig } from "./process-config.ts";
import { readProcessConfig } from "./role-configs.ts";
import type { Role } from "./run-role.ts";
import { standingFleet } from "./standing-fleet.ts";

export const meteringRole: Role<ProcessConfig> = {
  role: "metering",
  readConfig: readProcessConfig,
  start: async ({ config, closers, proof }) => {
    let watching: ConservationWatch | undefined;
    const opened = await openFleetProcess({
      role: "metering",
      config,
      closers,
      firstFleet: standingFleet,
      gauges: () => watching?.gauges() ?? [],
    });
    const { servers, onNote } = opened;
    const ledger = sqlLedger(servers.sql);
    const gpuLedger = sqlGpuLedger(servers.sql);
    const usage = await startUsageToLedger({
      link: servers.link,
      ledger: { ...ledger, ...gpuLedger },
      onNote,
    });
    closers.add(() => usage.close());
    const settling = startSettlingAbandoned({
      process: config.process,
      ledger,
      isCaughtUp: () => usage.isCaughtUp(),
      onNote,
    });
    closers.add(async () => {
      await usage.close();
      // What it has taken and not brought to the ledger, the stream gives to whoever asks next.
      proof.take({ ownedRequests: 0, unsettledCharges: usage.pending(), kvBlocksHeld: 0 });
    });
    closers.add(() => settling.close());
    watching = watchConservation({
      process: config.process,
      ledger: gpuLedger,
      nowEpochMs: () => Date.now(),
      onNote,
    });
    closers.add(async () => watching?.close());
    const rolling = startRollingUp({
      process: config.process,
      rollUp: (deltasMax) => rollUp(servers.sql, deltasMax),
      onNote,
    });
    closers.add(() => rolling.close());
    await opened.begin();
    const admin = await openHealth(opened);
    return { admin, busyWith: () => `${usage.pending()} usage messages` };
  },
};
