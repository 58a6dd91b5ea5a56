// A worker host of the fleet: one worker and its engine per replica, their adapter cache, and the door that edges'
// token streams come in by.

import { join } from "node:path";
import type { Address } from "#shared/actor/actor.ts";
import type { InspectableHost } from "#shared/actor/host.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { startEdgeStreams } from "#services/worker/data-plane/grpc-edge-streams.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";
import { artefactStore } from "./artefact-settings.ts";
import type { ProofBook } from "./drain-proof.ts";
import { untilEmpty, workerProof } from "./drain-proof.ts";
import type { FleetProcess, ProcessPlan } from "./fleet-process.ts";
import { openFleetProcess } from "./fleet-process.ts";
import { FetchedAdapters } from "./fetched-adapters.ts";
import { tellLastGpuWord } from "./last-gpu-word.ts";
import { openDoor } from "./open-door.ts";
import { openHealth } from "./open-health.ts";
import { openOutbox } from "./open-outbox.ts";
import { usageNotKept } from "./outbox-here.ts";
import type { WorkerProcessConfig } from "./role-configs.ts";
import { readWorkerProcessConfig } from "./role-configs.ts";
import type { RoleProcess } from "./role-process.ts";
import type { Role, RoleStart } from "./run-role.ts";
import { untilNoUsageIsOnlyHere } from "./settle.ts";
import { standingFleet } from "./standing-fleet.ts";
import { untilNothingMissing } from "./wait-until.ts";

export const workerRole: Role<WorkerProcessConfig> = {
  role: "worker",
  readConfig: readWorkerProcessConfig,
  start: startWorkerProcess,
};

const engineUpWithinMs = 15_000;
/** Beyond the patience: what is left is returned to its sessions, and its end noted, if need be by a new owner. */
const returnGraceMs = 10_000;

async function startWorkerProcess({
  config,
  closers,
  proof,
}: RoleStart<WorkerProcessConfig>): Promise<Omit<RoleProcess, "drain">> {
  const { workerHost, engines } = config;
  const opened = await openFleetProcess({
    role: "worker",
    config,
    closers,
    firstFleet: standingFleet,
    workerHost,
    engines,
    ...fetchedFrom(config),
  });
  const { host, workers } = opened;
  if (workers.length === 0) {
    const hosts = [...new Set(opened.fleet().workers.map((worker) => worker.host))].join(", ");
    throw new Error(
      `FAIRLEAD_WORKER_HOST: the fleet has no workers on host ${workerHost}; it has ${hosts}`,
    );
  }
  openOutbox(opened, config.outboxFolder);
  // After all that ran is over, and its name is given up.
  closers.add(() => tellLastGpuWord({ host, workers, process: config.process }));
  closers.add(() => untilNoUsageIsOnlyHere(host));
  const dataPlane = await openDataPlane(opened);
  await opened.begin({ dataPlane });
  const missing = (): readonly string[] => [...opened.missing(), ...missingEngines(host, workers)];
  await untilNothingMissing(missing, engineUpWithinMs);
  // Before what a drain waits for: operators see it to its end.
  const admin = await openHealth(opened, () => [
    ...missingEngines(host, workers),
    ...usageNotKept(host),
  ]);
  closers.add(() => drainWorkers(opened, config.drainPatienceMs, proof));
  return { admin, busyWith: () => `${runningSequences(host)} sequences` };
}

function fetchedFrom({ artefacts }: WorkerProcessConfig): Pick<ProcessPlan, "fetched"> {
  const store = artefactStore(artefacts);
  if (store === undefined) return {};
  return { fetched: new FetchedAdapters(store, join(artefacts.workFolder, "adapters")) };
}

async function openDataPlane(opened: FleetProcess): Promise<string> {
  const { host, servers, workers, plan, onNote, carryTokensBy } = opened;
  const { listenHost, advertiseHost, dataPlanePort } = plan.config as WorkerProcessConfig;
  const starting = startEdgeStreams({
    host,
    workers: workers as readonly WorkerId[],
    hostname: listenHost,
    port: dataPlanePort,
    trust: servers.trust,
    onNote,
  });
  const port = await openDoor(plan.closers, "FAIRLEAD_DATA_PLANE_PORT", starting);
  const streams = await starting;
  carryTokensBy((from, to, message) => streams.carry(from, to, message));
  return `${advertiseHost}:${port}`;
}

const statesOf = (host: InspectableHost): ReadonlyMap<string, WorkerState> =>
  host.statesOf("worker") as ReadonlyMap<string, WorkerState>;

const missingEngines = (host: InspectableHost, workers: readonly string[]): readonly string[] =>
  workers
    .filter((id) => statesOf(host).get(workerAddress(id as WorkerId))?.engineUp === undefined)
    .map((id) => `the engine of ${id} is not up`);

const runningSequences = (host: InspectableHost): number =>
  [...statesOf(host).values()].reduce((sum, { live }) => sum + live.size, 0);

/** Before the registration is given up: that alone would end what still runs. */
async function drainWorkers(
  { host, workers, plan }: FleetProcess,
  patienceMs: number,
  proof: ProofBook,
): Promise<void> {
  const operator = `operator/${plan.config.process}` as Address;
  const drain: ToWorker = { kind: "drain", patienceMs };
  for (const id of workers) host.send(operator, workerAddress(id as WorkerId), drain);
  proof.take(await untilEmpty(() => workerProof(host), patienceMs + returnGraceMs));
}
