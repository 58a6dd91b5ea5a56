// The registry's process: keeps the schema and the desired state, and shows operators the whole fleet, gathered from
// what each process answers.

import { deadLetterDesk } from "#shared/bus/dead-letter-desk.ts";
import { NatsDeadLetters, ensureDeadLetterStream } from "#shared/bus/nats-dead-letters.ts";
import { natsAsking } from "#shared/bus/nats-asking.ts";
import { sqlAudit } from "#shared/ledger/audit/audit.ts";
import { grantRolesIn } from "#shared/ledger/schema/grant-roles.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { assertClock } from "#shared/ledger/schema/require-schema.ts";
import { openMargin } from "#services/billing/margin/open-margin.ts";
import { sqlQuotaAlerts } from "#shared/ledger/quota-alerts.ts";
import { sqlGpuLedger } from "#shared/ledger/gpu-time/sql-gpu-ledger.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { usageSums } from "#shared/ledger/sums/usage-sums.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Log } from "#shared/telemetry/pino-log.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { openBilling } from "#services/billing/open-billing.ts";
import { keyDesk } from "#services/registry/key-desk.ts";
import type { Registry } from "#services/registry/registry.ts";
import { wholeProof } from "./drain-proof.ts";
import { firstFleet } from "./first-fleet.ts";
import type { FleetProcess } from "./fleet-process.ts";
import { openFleetProcess } from "./fleet-process.ts";
import type { Asking } from "#shared/bus/asking.ts";
import type { GatheredView } from "./gathered-view.ts";
import { gatheredPorts } from "./gathered-view.ts";
import { liveProcesses } from "./live-processes.ts";
import { openDoor } from "./open-door.ts";
import { openBooks } from "./open-books.ts";
import { openDesks } from "./open-desks.ts";
import { answerOperators } from "./open-health.ts";
import { gatheredReconciling } from "./open-reconcile.ts";
import { openRollouts } from "./open-rollouts.ts";
import type { Servers } from "./open-servers.ts";
import type { RegistryProcessConfig } from "./role-configs.ts";
import { readRegistryProcessConfig } from "./role-configs.ts";
import type { Role } from "./run-role.ts";

export const registryRole: Role<RegistryProcessConfig> = {
  role: "registry",
  readConfig: readRegistryProcessConfig,
  start: async ({ config, closers, proof }) => {
    const opened = await openFleetProcess({
      role: "registry",
      config,
      closers,
      firstFleet: (servers, registry, log) => keptFleet(config, { servers, registry, log }),
    });
    // It never has a request: whatever were found in it would be a bug.
    closers.add(() => proof.take(wholeProof(opened.host)));
    await opened.begin();
    const { servers, host } = opened;
    const { link, sql } = servers;
    await ensureDeadLetterStream(link);
    const answers = answersIn(opened);
    // No other process may ask in tenants' names.
    await openDesks(opened, config, openBooks({ sql, view: answers.view.view, host }));
    answerOperators(opened);
    return {
      admin: await openAdmin(opened, answers, config.evaluatorsFile),
      busyWith: () => "nothing to wait for",
    };
  },
};

interface Keeping {
  readonly servers: Servers;
  readonly registry: Registry;
  readonly log: Log;
}

async function keptFleet(
  { fleetFile, isFleetFileNamed }: RegistryProcessConfig,
  { servers, registry, log }: Keeping,
): Promise<Fleet> {
  const { sql } = servers;
  await assertClock(sql, Date.now);
  let missing: readonly string[] = [];
  await migrate(sql, migrations, async (queries) => {
    missing = await grantRolesIn(queries);
  });
  if (missing.length > 0) {
    log.say("warn", "the database lacks roles: processes of these cannot start", {
      roles: missing.join(", "),
    });
  }
  return firstFleet(registry, { file: fleetFile, isNamedByOperator: isFleetFileNamed });
}

interface Answers {
  readonly asking: Asking;
  readonly expected: () => readonly string[];
  readonly view: GatheredView;
}

/** What every process of the fleet answers. */
function answersIn({ plan: { closers }, servers, host, fleet }: FleetProcess): Answers {
  const processes = liveProcesses(servers.coordination);
  closers.add(() => processes.stop());
  const asking = natsAsking(servers.link);
  const expected = (): readonly string[] => processes.names();
  const { coordination } = servers;
  return {
    asking,
    expected,
    view: gatheredPorts({ asking, expected, fleet, coordination, host }),
  };
}

async function openAdmin(
  opened: FleetProcess,
  { asking, expected, view }: Answers,
  evaluatorsFile: string,
): Promise<string> {
  const { plan, servers, registry, host, log, onNote } = opened;
  const { config, closers } = plan;
  const { process } = config;
  const rollouts = openRollouts({
    host,
    process,
    registry: servers,
    evaluatorsFile,
    onNote,
    closers,
  });
  const admin = startAdminApi(
    {
      ports: {
        ...view,
        fleet: registry,
        keys: keyDesk(servers),
        rollouts,
        reconciling: gatheredReconciling({
          sql: servers.sql,
          link: servers.link,
          asking,
          expected,
          nowMs: () => host.nowMs(),
        }),
        quotaAlerts: sqlQuotaAlerts(servers.sql),
        ledger: sqlLedger(servers.sql),
        gpu: sqlGpuLedger(servers.sql),
        margin: openMargin({
          sql: servers.sql,
          gpu: sqlGpuLedger(servers.sql),
          epochMs: Date.now,
        }),
        sums: usageSums(servers.sql),
        audit: sqlAudit(servers.sql),
        billing: openBilling(servers.sql, Date.now),
        deadLetters: deadLetterDesk(new NatsDeadLetters(servers.link), servers.coordination),
      },
      onFault: (error) => log.say("error", "the admin API failed", { reason: String(error) }),
    },
    { host: config.listenHost, port: config.adminPort },
  );
  const port = await openDoor(closers, "FAIRLEAD_ADMIN_PORT", admin);
  return `${config.listenHost}:${port}`;
}
