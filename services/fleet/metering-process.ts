// A metering process of the fleet: brings usage from the stream to the ledger.

import { rollUp } from "#shared/ledger/sums/roll-up.ts";
import { join } from "node:path";
import { admissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import { discardShelf } from "#shared/ledger/reconcile/discard-shelf.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { sqlGpuLedger } from "#shared/ledger/gpu-time/sql-gpu-ledger.ts";
import { startUsageToLedger } from "#services/metering/jetstream-to-ledger.ts";
import { startPruningAdmissions } from "#services/metering/prune-admissions.ts";
import { startRollingUp } from "#services/metering/roll-up-usage.ts";
import { startSettlingAbandoned } from "#services/metering/settle-abandoned.ts";
import type { ConservationWatch } from "#services/metering/watch-conservation.ts";
import { watchConservation } from "#services/metering/watch-conservation.ts";
import { spoolFeeding } from "#services/metering/reconcile/spool-feeding.ts";
import type { UsageSpool } from "#services/metering/usage-spool.ts";
import { openUsageSpool } from "#services/metering/usage-spool.ts";
import type { Log } from "#shared/telemetry/pino-log.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { sendAlerts } from "./open-alerts.ts";
import { openHealth } from "./open-health.ts";
import type { MeteringProcessConfig } from "./role-configs.ts";
import { readMeteringProcessConfig } from "./role-configs.ts";
import type { Role } from "./run-role.ts";
import { standingFleet } from "./standing-fleet.ts";

export const meteringRole: Role<MeteringProcessConfig> = {
  role: "metering",
  readConfig: readMeteringProcessConfig,
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
    const shelf = admissionShelf(servers.sql);
    const spool = await spoolOf(config, opened.log);
    if (spool !== undefined) closers.add(() => spool.close());
    const usage = await startUsageToLedger({
      link: servers.link,
      ledger: {
        ...ledger,
        ...gpuLedger,
        ...shelf,
        keepDiscarded: discardShelf(servers.sql).keep,
        ...(spool === undefined ? {} : { remember: spool.remember }),
      },
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
    const { process } = config;
    const pruning = startPruningAdmissions({ process, shelf, onNote });
    closers.add(() => pruning.close());
    sendAlerts({ process, sql: servers.sql, onNote, closers }, opened.fleet, config);
    await opened.begin();
    const feeding =
      spool === undefined
        ? {}
        : { spool: spoolFeeding({ spool, ledger: { ...ledger, ...gpuLedger, ...shelf } }) };
    const admin = await openHealth(opened, undefined, feeding);
    return { admin, busyWith: () => `${usage.pending()} usage messages` };
  },
};

/** Undefined: no folder was named for it. */
async function spoolOf(
  { spoolFolder, spoolBytesMax, process }: MeteringProcessConfig,
  log: Log,
): Promise<UsageSpool | undefined> {
  if (spoolFolder === "") return undefined;
  return openUsageSpool({
    folder: join(spoolFolder, process),
    bytesMax: spoolBytesMax,
    epochNowMs: Date.now,
    onFault: (reason) => log.say("warn", "stored usage is not remembered", { reason }),
  });
}
