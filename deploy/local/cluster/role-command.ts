// How a role's process is started: its settings, on ports of its own, so that it is found where it was when it is
// started again.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import type { ProcessCommand } from "#deploy/local/processes/process-command.ts";
import { projectRoot } from "#deploy/local/servers/find-program.ts";
import { bareEnvironment, loopback, zones } from "#deploy/local/servers/server-options.ts";
import { compileCache } from "#shared/config/compile-cache.ts";
import type { FleetRole, TrustFiles } from "#shared/config/trust.ts";
import { tagOf } from "./cluster-tag.ts";
import type { PlannedRole } from "./role-plan.ts";

type Settings = Readonly<Record<string, string>>;

/** What is the same for all role processes of one fleet. */
export interface FleetPlaces {
  readonly folder: string;
  readonly fleetFile: string;
  readonly natsServers: readonly string[];
  readonly etcdEndpoints: readonly string[];
  /** host:port/database */
  readonly postgres: string;
  /** Settings that the operator gave, for the roles that know them. */
  readonly given: Readonly<Record<string, string | undefined>>;
}

/** As `npm start` has them: a young generation that a request's objects do not outgrow costs a fifth less CPU a token. */
const nodeSettings = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

const endPatienceMs: Readonly<Record<FleetRole, number>> = {
  // Open requests may end by themselves for 20 s.
  edge: 25_000,
  worker: 25_000,
  control: 10_000,
  metering: 10_000,
  registry: 10_000,
};

const passedOn: Readonly<Partial<Record<FleetRole, RegExp>>> = {
  edge: /^FAIRLEAD_(EDGE_[A-Z_]+|REGION|LOG_LEVEL|DRAIN_PATIENCE)$/,
  worker:
    /^FAIRLEAD_(ENGINE_TIME_SCALE_PERCENT|ENGINE_CRASH_TEXT|ENGINE_FAULT_TEXT|ENGINE_ADAPTER_FAULTS|LOG_LEVEL|DRAIN_PATIENCE)$/,
  registry: /^FAIRLEAD_(ADAPTER_TRIAL_TIMEOUT|LOG_LEVEL|DRAIN_PATIENCE)$/,
};
const passedOnToAll = /^FAIRLEAD_(LOG_LEVEL|DRAIN_PATIENCE)$/;

export async function roleCommand(
  planned: PlannedRole,
  places: FleetPlaces,
  trust: TrustFiles,
): Promise<ProcessCommand> {
  const { name, zone, role } = planned;
  const own = join(places.folder, name);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  return {
    name,
    zone,
    program: process.execPath,
    args: [...nodeSettings, join(projectRoot, "services", role, "main.ts")],
    environment: {
      ...bareEnvironment,
      ...compileCache,
      ...tagOf(places.folder),
      ...givenSettings(role, places.given),
      ...commonSettings(planned, places, trust),
      ...(await doorSettings(planned, places)),
    },
    workingFolder: projectRoot,
    logFile: join(own, "log"),
    endSignal: "SIGTERM",
    endPatienceMs: endPatienceMs[role],
    isDetached: true,
  };
}

function commonSettings(
  { name, zone }: PlannedRole,
  { natsServers, etcdEndpoints, postgres }: FleetPlaces,
  { caFile, certFile, keyFile }: TrustFiles,
): Settings {
  return {
    FAIRLEAD_PROCESS: name,
    FAIRLEAD_ZONE: zone,
    FAIRLEAD_LISTEN_HOST: loopback,
    FAIRLEAD_NATS_SERVERS: nearestFirst(natsServers, zone).join(","),
    FAIRLEAD_ETCD_ENDPOINTS: nearestFirst(etcdEndpoints, zone).join(","),
    FAIRLEAD_POSTGRES: postgres,
    FAIRLEAD_TLS_CA_FILE: caFile,
    FAIRLEAD_TLS_CERT_FILE: certFile,
    FAIRLEAD_TLS_KEY_FILE: keyFile,
  };
}

/** Each zone has one of each server, in the order of the zones. */
function nearestFirst(servers: readonly string[], zone: string): readonly string[] {
  const own = Math.max(0, (zones as readonly string[]).indexOf(zone));
  return [...servers.slice(own), ...servers.slice(0, own)];
}

async function doorSettings(
  { name, role, workerHost = "" }: PlannedRole,
  { folder, fleetFile }: FleetPlaces,
): Promise<Settings> {
  const [admin = 0, first = 0, second = 0] = await freePorts(3);
  const every = { FAIRLEAD_ADMIN_PORT: `${admin}` };
  const artefacts = {
    FAIRLEAD_OBJECT_FOLDER: join(folder, "objects"),
    FAIRLEAD_WORK_FOLDER: join(folder, name, "work"),
  };
  const outbox = { FAIRLEAD_OUTBOX_FOLDER: join(folder, name, "outbox") };
  switch (role) {
    case "edge":
      return {
        ...every,
        ...outbox,
        FAIRLEAD_HTTP_PORT: `${first}`,
        FAIRLEAD_GRPC_PORT: `${second}`,
      };
    case "worker":
      return {
        ...every,
        ...outbox,
        FAIRLEAD_WORKER_HOST: workerHost,
        FAIRLEAD_DATA_PLANE_PORT: `${first}`,
        ...artefacts,
      };
    case "registry":
      return {
        ...every,
        FAIRLEAD_FLEET_FILE: fleetFile,
        FAIRLEAD_INTAKE_PORT: `${first}`,
        ...artefacts,
      };
    case "metering":
      return { ...every, FAIRLEAD_USAGE_SPOOL_FOLDER: join(folder, "spool") };
    default:
      return every;
  }
}

function givenSettings(role: FleetRole, given: FleetPlaces["given"]): Settings {
  const known = passedOn[role] ?? passedOnToAll;
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value !== undefined && known.test(name) ? [[name, value]] : [],
    ),
  );
}
