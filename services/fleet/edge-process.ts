// An edge of the fleet: both doors for tenants, their sessions, and a stream to every registered worker.

import { deadLetterDevice } from "#shared/bus/dead-letter-device.ts";
import { NatsDeadLetters } from "#shared/bus/nats-dead-letters.ts";
import { workerPrefix } from "#shared/coordination/coordination-keys.ts";
import { isDrained } from "#shared/coordination/drain-flags.ts";
import type { Owner } from "#shared/coordination/owner-state.ts";
import { registeredWorkers } from "#shared/coordination/registrations.ts";
import { KnownSuspects } from "#shared/coordination/suspects.ts";
import { meterAddress, ownerAddress } from "#shared/messages/addresses.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { createWorkerStreams } from "#services/edge/data-plane/grpc-worker-streams.ts";
import type { Edge } from "#services/edge/edge.ts";
import { createEdge } from "#services/edge/edge.ts";
import { tellAdmissionsByStream } from "#services/metering/jetstream-admissions.ts";
import { edgeProof } from "./drain-proof.ts";
import { edgeDesks } from "./edge-desks.ts";
import type { FleetProcess } from "./fleet-process.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { knowServing } from "./know-serving.ts";
import { openTenantDoors } from "./open-door.ts";
import { openHealth } from "./open-health.ts";
import { openOutbox } from "./open-outbox.ts";
import { usageNotKept } from "./outbox-here.ts";
import type { EdgeProcessConfig } from "./role-configs.ts";
import { readEdgeProcessConfig } from "./role-configs.ts";
import type { RoleProcess } from "./role-process.ts";
import type { Role, RoleStart } from "./run-role.ts";
import { untilNoUsageIsOnlyHere } from "./settle.ts";
import { meterBook } from "./reconcile-answers.ts";
import { standingFleet } from "./standing-fleet.ts";

export const edgeRole: Role<EdgeProcessConfig> = {
  role: "edge",
  readConfig: readEdgeProcessConfig,
  start: startEdgeProcess,
};

async function startEdgeProcess({
  config,
  closers,
  proof,
}: RoleStart<EdgeProcessConfig>): Promise<Omit<RoleProcess, "drain">> {
  const opened = await openFleetProcess({
    role: "edge",
    config,
    closers,
    firstFleet: standingFleet,
  });
  const { host, servers, onNote } = opened;
  const dead = deadLetterDevice({ letters: new NatsDeadLetters(servers.link), host, onNote });
  host.attach("dead-letters", dead.device);
  closers.add(() => dead.close());
  const admitted = tellAdmissionsByStream({
    link: servers.link,
    book: () => meterBook(host),
    onNote,
  });
  closers.add(() => admitted.close());
  reachWorkers(opened);
  const suspects = new KnownSuspects(servers.coordination);
  closers.add(() => suspects.stop());
  const edge: Edge = createEdge({
    host,
    edge: config.process as EdgeId,
    meter: meterAddress(config.process),
    fleet: opened.fleet(),
    config: config.edge,
    tokenizers: opened.tokenizers.of,
    suspects,
    ...edgeDesks(opened, () => edge.view().fleet),
    onNote,
  });
  opened.hearNotesBy((record) => edge.hear(record));
  openOutbox(opened, config.outboxFolder);
  knowServing(servers.coordination, edge, closers);
  await opened.begin({ onFleet: (fleet) => edge.setFleet(fleet) });
  // Before all that a drain waits for: operators see it to its end.
  const lacks = (): readonly string[] => [...zoneDrained(opened), ...usageNotKept(host)];
  const admin = await openHealth(opened, lacks, { admissions: () => admitted.rows() });
  closers.add(async () => {
    try {
      await untilNoUsageIsOnlyHere(host);
    } finally {
      proof.take(edgeProof(host));
    }
  });
  const { httpPort, grpcPort } = await openTenantDoors(edge, config, closers);
  return {
    http: `${config.listenHost}:${httpPort}`,
    grpc: `${config.listenHost}:${grpcPort}`,
    admin,
    busyWith: () => `${edge.openCalls()} calls`,
  };
}

/** Its zone takes no new clients: whoever spreads them shall send them elsewhere. One that comes all the same is served. */
function zoneDrained({ host, plan: { config } }: FleetProcess): readonly string[] {
  const owner = host.statesOf("owner").get(ownerAddress(config.process)) as Owner | undefined;
  const isSo = owner !== undefined && isDrained(owner.drainFlags, config.zone);
  return isSo ? [`zone ${config.zone} is drained`] : [];
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
