// One process of the fleet, whatever its role: its servers, its host on the bus, its telemetry and the desired state.
// A role adds its devices and doors, then begins; from there on actors find each other by messages alone.

import type { Address } from "#shared/actor/actor.ts";
import type { FleetHost } from "#shared/actor/fleet-host.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { createCoordinationDevice } from "#shared/coordination/coordination-device.ts";
import type { Fleet, WorkerSpec } from "#shared/model/fleet.ts";
import { shardCountDefault } from "#shared/model/shard.ts";
import type { Log } from "#shared/telemetry/pino-log.ts";
import { createLog } from "#shared/telemetry/pino-log.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import { createTelemetry } from "#shared/telemetry/telemetry.ts";
import type { Registry } from "#services/registry/registry.ts";
import { openRegistry } from "#services/registry/registry.ts";
import { replicaFault } from "#services/worker/engine/replica-fault.ts";
import type { Closers } from "./closers.ts";
import type { EngineDevicePorts, EngineDevices } from "./engine-devices.ts";
import { engineDevices } from "./engine-devices.ts";
import { gpuSourcesDefault } from "#services/worker/gpu/gpu-watch.ts";
import type { EngineSettings } from "./engine-settings.ts";
import type { FetchedAdapters } from "./fetched-adapters.ts";
import { tellFleet } from "./fleet-follower.ts";
import type { Carry } from "./host-on-bus.ts";
import { hostOnBus } from "./host-on-bus.ts";
import type { Servers } from "./open-servers.ts";
import { openServers } from "./open-servers.ts";
import type { ProcessTokenizers } from "./open-tokenizers.ts";
import { modelsOf, openTokenizers } from "./open-tokenizers.ts";
import type { OwnerLine } from "./owner-line.ts";
import { ownerLine } from "./owner-line.ts";
import type { ProcessConfig } from "./process-config.ts";
import { gaugesHere } from "./process-view-whole.ts";
import type { LivingSystem } from "./process-view.ts";
import { missingRegistrations } from "./registered.ts";
import { actorsOf } from "./role-actors.ts";
import { workersOn } from "./role-addresses.ts";
import { stoppedActors } from "./stopped-actors.ts";
import { untilNothingMissing } from "./wait-until.ts";

/** What makes a role's process: decided before anything is opened. */
export interface ProcessPlan {
  readonly role: FleetRole;
  readonly config: ProcessConfig;
  readonly closers: Closers;
  /** The state of the database and the desired state in it, as this role needs them. Throws what an operator must do. */
  readonly firstFleet: (servers: Servers, registry: Registry, log: Log) => Promise<Fleet>;
  /** Of a worker process: the workers of this host are its own. */
  readonly workerHost?: string;
  readonly engines?: EngineSettings;
  /** Beside those of what lives in it. */
  readonly gauges?: () => readonly GaugeReading[];
  /** Of a worker process whose fleet has an object store: from there engines get weights that no entry names. */
  readonly fetched?: FetchedAdapters;
}

export interface FleetProcess {
  readonly plan: ProcessPlan;
  readonly servers: Servers;
  readonly registry: Registry;
  /** Of an edge all that the fleet names, of a worker process its own models'. */
  readonly tokenizers: ProcessTokenizers;
  readonly host: FleetHost;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly onNote: (record: NoteRecord) => void;
  /** Ids of the workers that this process runs. */
  readonly workers: readonly string[];
  /** What keeps it from being ready, whatever its role; in words, empty when nothing does. */
  readonly missing: () => readonly string[];
  /** The newest desired state. */
  readonly fleet: () => Fleet;
  /** How sessions and workers reach each other beside the bus. */
  readonly carryTokensBy: (carry: Carry) => void;
  /** Each note of this process, from now on. */
  readonly hearNotesBy: (hear: (record: NoteRecord) => void) => void;
  /** Registers, claims and follows the registry. Resolves once the process is registered. */
  begin(begin?: ProcessBegin): Promise<void>;
}

export interface ProcessBegin {
  /** `host:port`, of a process with workers. */
  readonly dataPlane?: string;
  /** At each change of the desired state. */
  readonly onFleet?: (fleet: Fleet) => void;
}

/** Longer than a dead predecessor's lease: a restarted process waits for its own name. */
const registeredWithinMs = 20_000;

const noEngines: EngineSettings = {
  engineTimeScale: 1,
  engineThreads: 1,
  gpuSources: gpuSourcesDefault,
};

interface Furnished extends Pick<EngineDevicePorts, "fleet" | "onNote" | "vocabularies"> {
  readonly host: FleetHost;
}

/** The role's actors, and the real engines of this machine's workers. */
function furnish(plan: ProcessPlan, ports: Furnished): EngineDevices {
  const { role, config, workerHost, closers, engines = noEngines } = plan;
  const { host, fleet: current, vocabularies } = ports;
  const { process } = config;
  for (const actor of actorsOf(role, { process, current, vocabularies, ...engines })) {
    host.register(actor);
  }
  const { engineThreads, gpuSources } = engines;
  const runs = (worker: WorkerSpec): boolean => worker.host === workerHost;
  const fetch = plan.fetched === undefined ? {} : { fetchAdapter: plan.fetched.fetch };
  const devices = engineDevices({ ...ports, ...fetch, engineThreads, gpuSources, runs });
  devices.follow();
  closers.add(() => devices.close());
  return devices;
}

export async function openFleetProcess(plan: ProcessPlan): Promise<FleetProcess> {
  const { role, config, closers } = plan;
  const { process } = config;
  const log = createLog({ level: config.logLevel });
  closers.add(() => log.flush());
  let living: LivingSystem | undefined;
  const telemetry = createTelemetry({
    nowMs: () => performance.now(),
    log,
    withProcess: true,
    gauges: () => [...(living === undefined ? [] : gaugesHere(living)), ...(plan.gauges?.() ?? [])],
  });
  const servers = await openServers({ role, config, onNote: telemetry.onNote, closers });
  const registry = openRegistry({ ...servers, judgeReplica: replicaFault });
  let fleet = await plan.firstFleet(servers, registry, log);
  telemetry.knowFleet(fleet);
  const { workerHost = "" } = plan;
  const tokenizers = openTokenizers(() => modelsOf(role, fleet, workerHost), log);
  const workers = workersOn(fleet, workerHost);
  const line = ownerLine({ host: () => host, process, fleet: () => fleet });
  const stopped = stoppedActors();
  const { onNote, hearNotesBy } = spreadNotes([line.onNote, stopped.onNote, telemetry.onNote]);
  const { host, carryTokensBy } = hostOnBus({
    role,
    process,
    runs: { workers, workerHost },
    link: servers.link,
    onNote,
    onRestart: line.onRestart,
    closers,
  });
  living = { host, fleet: () => fleet };
  const { vocabularies } = tokenizers;
  const devices = furnish(plan, { host, fleet: () => fleet, onNote, vocabularies });
  const store = createCoordinationDevice(servers.coordination, host);
  host.attach("coordination", store.device);
  closers.add(() => store.stop());
  const missing = (): readonly string[] => [
    ...missingRegistrations(host, process),
    ...devices.missing(),
    ...unreached(servers),
    ...stopped.missing(),
  ];
  const here = { host, telemetry, log, onNote, workers, missing };
  const opened = { plan, servers, registry, tokenizers, ...here };
  return {
    ...opened,
    fleet: () => fleet,
    carryTokensBy,
    hearNotesBy,
    begin: async (begin = {}) => {
      // Not registered before it could run anything: large models take their time.
      await devices.opened();
      await beginProcess(opened, {
        ...begin,
        line,
        onFleet: (newest) => {
          fleet = newest;
          devices.follow();
          plan.fetched?.follow(newest);
          tokenizers.follow();
          begin.onFleet?.(newest);
        },
      });
    },
  };
}

/** Each note to all of these, and first to whoever asks for them later. */
function spreadNotes(listeners: readonly ((record: NoteRecord) => void)[]) {
  let first = (_record: NoteRecord): void => {};
  return {
    onNote: (record: NoteRecord): void => {
      first(record);
      for (const listener of listeners) listener(record);
    },
    hearNotesBy: (listener: (record: NoteRecord) => void): void => {
      first = listener;
    },
  };
}

const unreached = ({ link }: Servers): readonly string[] =>
  link.isUp() ? [] : ["no NATS server is reached"];

type Opened = Omit<FleetProcess, "fleet" | "carryTokensBy" | "hearNotesBy" | "begin">;

interface Beginning extends ProcessBegin {
  readonly line: OwnerLine;
  readonly onFleet: (fleet: Fleet) => void;
}

async function beginProcess(
  { plan, registry, host, telemetry, log, workers }: Opened,
  { line, dataPlane, onFleet }: Beginning,
): Promise<void> {
  const { role, config, closers, workerHost } = plan;
  const { process, zone } = config;
  line.begin({
    process,
    zone,
    isControl: role === "control",
    shardCount: shardCountDefault,
    ...(role === "edge" ? { edge: process } : {}),
    workers,
    ...(dataPlane === undefined ? {} : { dataPlane }),
  });
  closers.add(() => line.handOver());
  const ports = {
    host,
    process,
    registry: `registry/${process}` as Address,
    runs: (worker: { readonly host: string }): boolean => worker.host === workerHost,
  };
  const stopFollowing = registry.watch(
    (newest) => {
      telemetry.knowFleet(newest);
      onFleet(newest);
      tellFleet(ports, newest);
    },
    (error) => log.say("error", "the registry could not be read", { reason: String(error) }),
  );
  closers.add(stopFollowing);
  await untilNothingMissing(
    () => missingRegistrations(host, process),
    registeredWithinMs,
    (left) => log.say("warn", "waiting to be counted in", { missing: left.join("; ") }),
  );
}
