// An edge of the fleet: both doors for tenants, their sessions, and a stream to every registered worker.

import { workerPrefix } from "#shared/coordination/coordination-keys.ts";
import { registeredWorkers } from "#shared/coordination/registrations.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { createWorkerStreams } from "#services/edge/data-plane/grpc-worker-streams.ts";
import { createEdge } from "#services/edge/edge.ts";
import { usageOutbox } from "#services/metering/jetstream-outbox.ts";
import type { FleetProcess } from "./fleet-process.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { openTenantDoors } from "./open-door.ts";
import { openHealth } from "./open-health.ts";
import type { EdgeProcessConfig } from "./role-configs.ts";
import { readEdgeProcessConfig } from "./role-configs.ts";
import type { RoleProcess } from "./role-process.ts";
import type { Role, RoleStart } from "./run-role.ts";
import { untilNoUsageIsOnlyHere } from "./settle.ts";
import { standingFleet } from "./standing-fleet.ts";

export const edgeRole: Role<EdgeProcessConfig> = {
  role: "edge",
  readConfig: readEdgeProcessConfig,
  start: startEdgeProcess,
};

async function startEdgeProcess({
  config,
  closers,
}: RoleStart<EdgeProcessConfig>): Promise<Omit<RoleProcess, "drain">> {
  const opened = await openFleetProcess({
    role: "edge",
    config,
    closers,
    firstFleet: standingFleet,
  });
  const { host, servers, onNote } = opened;
  const outbox = usageOutbox({ link: servers.link, host, onNote });
  host.attach("ledger", outbox.device);
  closers.add(() => outbox.close());
  reachWorkers(opened);
  const edge = createEdge({
    host,
    edge: config.process as EdgeId,
    meter: meterAddress(config.process),
    fleet: opened.fleet(),
    config: config.edge,
    onNote,
  });
  await opened.begin({ onFleet: (fleet) => edge.setFleet(fleet) });
  closers.add(() => untilNoUsageIsOnlyHere(host));
  const admin = await openHealth(opened, () =>
    edge.closedFor() === undefined ? [] : ["it drains"],
  );
  const { httpPort, grpcPort } = await openTenantDoors(edge, config, closers);
  return {
    http: `${config.listenHost}:${httpPort}`,
    grpc: `${config.listenHost}:${grpcPort}`,
    admin,
    busyWith: () => `${edge.openCalls()} calls`,
  };
}

function reachWorkers({ host, servers, plan, onNote, carryTokensBy }: FleetProcess): void {
  const { config, closers } = plan;
  const streams = createWorkerStreams({
    host,
    edge: config.process as EdgeId,
    trust: servers.trust,
    onNote,
  });
  closers.add(() => streams.stop());
  carryTokensBy((from, to, message) => streams.carry(from, to, message));
  closers.add(
    servers.coordination.watch(workerPrefix, ({ entries }) =>
      streams.setWorkers(registeredWorkers(entries)),
    ),
  );
}
