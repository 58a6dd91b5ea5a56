// A process that cannot, or may not, join a fleet: what each such start is given, and what it must say. Every one
// ends by itself with exit code 1 and one message, leaves nothing behind, and disturbs nobody.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import type { ProcessCommand } from "#deploy/local/processes/process-command.ts";
import type { FleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import type { FleetRole, TrustFiles } from "#shared/config/trust.ts";
import { fleetRoles } from "#shared/config/trust.ts";

export interface Stranger {
  readonly sentence: string;
  readonly role: FleetRole;
  /** What is different from a process that may join. */
  readonly environment: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

export interface Ended {
  readonly code: number | null;
  readonly said: string;
  readonly tookMs: number;
}

/** A door that takes every connection and never says a word. */
export interface MutePlace {
  readonly place: string;
  close(): void;
}

export async function mutePlace(): Promise<MutePlace> {
  const server: Server = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { place: `127.0.0.1:${port}`, close: () => server.close() };
}

const trusting = ({ caFile, certFile, keyFile }: TrustFiles) => ({
  FAIRLEAD_TLS_CA_FILE: caFile,
  FAIRLEAD_TLS_CERT_FILE: certFile,
  FAIRLEAD_TLS_KEY_FILE: keyFile,
});

/** Node's clocks of the process run an hour ahead. */
const anHourAhead =
  "--import data:text/javascript,const%20now=Date.now;Date.now=()=>now()%2B3600000;";

export interface StrangerPorts {
  /** For the foreign authority's files. */
  readonly folder: string;
  /** The fleet's own. */
  readonly authority: FleetAuthority;
  readonly takenPort: string;
  readonly mute: string;
}

/** All of them have this name. */
const strangerName = "stranger";

export function strangers(ports: StrangerPorts): readonly Stranger[] {
  const own = new Map(fleetRoles.map((role) => [role, ports.authority.issue(role, strangerName)]));
  const certificateOf = (role: FleetRole): Stranger["environment"] => {
    const files = own.get(role);
    return files === undefined ? {} : trusting(files);
  };
  return [...uncertified(ports, certificateOf), ...misplaced(ports)].map((stranger) => ({
    ...stranger,
    environment: { ...certificateOf(stranger.role), ...stranger.environment },
  }));
}

function uncertified(
  { folder, authority }: StrangerPorts,
  certificateOf: (role: FleetRole) => Stranger["environment"],
): readonly Stranger[] {
  const foreign = createFleetAuthority(join(folder, "foreign"));
  const { certFile, keyFile, caFile } = foreign.issue("edge", strangerName);
  return [
    {
      sentence: "with another role's certificate",
      role: "edge",
      environment: certificateOf("worker"),
      says: /is the certificate of role "worker": this process is "edge" and needs its own/,
    },
    {
      sentence: "with another process's certificate",
      role: "edge",
      environment: trusting(authority.issue("edge", "somebody")),
      says: /is the certificate of somebody: stranger needs its own/,
    },
    {
      sentence: "with another certificate's key",
      role: "edge",
      environment: { FAIRLEAD_TLS_KEY_FILE: keyFile },
      says: /is not the key of the certificate in/,
    },
    {
      sentence: "with a certificate of a foreign authority",
      role: "edge",
      environment: { FAIRLEAD_TLS_CERT_FILE: certFile, FAIRLEAD_TLS_KEY_FILE: keyFile },
      says: /was not issued by the authority in/,
    },
    {
      sentence: "believing in a foreign authority",
      role: "edge",
      environment: trusting({ caFile, certFile, keyFile }),
      says: /Postgres[^]*etcd[^]*NATS/i,
    },
  ];
}

function misplaced({ takenPort, mute }: StrangerPorts): readonly Stranger[] {
  return [
    {
      sentence: "with a clock an hour ahead",
      role: "control",
      environment: { NODE_OPTIONS: anHourAhead },
      says: /clock is 60 min ahead of the database's: set it right/,
    },
    {
      sentence: "on a port that is taken",
      role: "edge",
      environment: { FAIRLEAD_HTTP_PORT: takenPort },
      says: /FAIRLEAD_HTTP_PORT: the port is taken/,
    },
    {
      sentence: "on a gRPC port that is taken",
      role: "edge",
      environment: { FAIRLEAD_GRPC_PORT: takenPort },
      says: /^fairlead: FAIRLEAD_GRPC_PORT: the port is taken; choose another, or 0 for any\n/m,
    },
    {
      sentence: "on a data plane port that is taken",
      role: "worker",
      environment: { FAIRLEAD_DATA_PLANE_PORT: takenPort },
      says: /^fairlead: FAIRLEAD_DATA_PLANE_PORT: the port is taken/m,
    },
    {
      sentence: "with servers that are not there",
      role: "metering",
      environment: {
        FAIRLEAD_NATS_SERVERS: "127.0.0.1:1",
        FAIRLEAD_ETCD_ENDPOINTS: "127.0.0.1:1",
        FAIRLEAD_POSTGRES: "127.0.0.1:1/fairlead",
      },
      says: /nothing answers at postgres[^]*does etcd run\?[^]*no NATS server can be used/,
    },
    {
      sentence: "with servers that take the connection and say nothing",
      role: "control",
      environment: {
        FAIRLEAD_NATS_SERVERS: mute,
        FAIRLEAD_ETCD_ENDPOINTS: mute,
        FAIRLEAD_POSTGRES: `${mute}/fairlead`,
      },
      says: /Postgres[^]*etcd[^]*NATS/i,
    },
    {
      sentence: "as a worker host that the fleet does not have",
      role: "worker",
      environment: { FAIRLEAD_WORKER_HOST: "host-99" },
      says: /FAIRLEAD_WORKER_HOST: the fleet has no workers on host host-99; it has host-/,
    },
    {
      sentence: "without settings",
      role: "worker",
      environment: { FAIRLEAD_PROCESS: "", FAIRLEAD_ZONE: "", FAIRLEAD_NATS_SERVERS: "nowhere" },
      says: /3 wrong setting[^]*FAIRLEAD_PROCESS[^]*FAIRLEAD_ZONE[^]*FAIRLEAD_NATS_SERVERS/,
    },
  ];
}

const endsWithinMs = 40_000;

/** Starts a process like `command`, but under the strangers' name and on free ports, and waits for its end. */
export function startStranger(
  { program, args, environment, workingFolder }: ProcessCommand,
  stranger: Stranger,
): Promise<Ended> {
  const startedAtMs = performance.now();
  const child = spawn(program, args, {
    cwd: workingFolder,
    env: {
      ...environment,
      FAIRLEAD_PROCESS: strangerName,
      FAIRLEAD_HTTP_PORT: "0",
      FAIRLEAD_GRPC_PORT: "0",
      FAIRLEAD_ADMIN_PORT: "0",
      FAIRLEAD_DATA_PLANE_PORT: "0",
      // Several start at once: each with a folder of its own, or one of them says that instead.
      FAIRLEAD_OUTBOX_FOLDER: `${environment["FAIRLEAD_OUTBOX_FOLDER"] ?? ""}-${stranger.sentence.replaceAll(/\W+/g, "-")}`,
      ...stranger.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const tooLong = setTimeout(() => child.kill("SIGKILL"), endsWithinMs);
  return new Promise((resolve) => {
    child.once("close", (code) => {
      clearTimeout(tooLong);
      resolve({ code, said, tookMs: performance.now() - startedAtMs });
    });
  });
}
