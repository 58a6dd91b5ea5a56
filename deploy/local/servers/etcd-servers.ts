// etcd as the local fleet runs it: one member, or three in three zones. With an authority both clients and members
// show certificates, and the common name of a client's is the user it is.

import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { askEtcd, grantEtcdRoles } from "./etcd-ask.ts";
import { findProgram } from "./find-program.ts";
import type { RunningServer, ServerCommand } from "./running-server.ts";
import { startServers, stopServers } from "./running-server.ts";
import { makeFolder } from "./server-folder.ts";
import type { MemberOptions } from "./server-options.ts";
import { bareEnvironment, letters, loopback, zones } from "./server-options.ts";

export interface EtcdServers {
  /** host:port */
  readonly endpoints: readonly string[];
  readonly members: readonly RunningServer[];
  stop(): Promise<void>;
}

interface Member {
  readonly name: string;
  readonly zone: string;
  readonly port: number;
  readonly peerUrl: string;
  readonly trust?: TrustFiles;
}

export async function startEtcdServers(options: MemberOptions): Promise<EtcdServers> {
  const { authority, members: count } = options;
  const ports = await freePorts(2 * count);
  const scheme = authority === undefined ? "http" : "https";
  const planned = letters.slice(0, count).map((letter, index): Member => {
    const name = `etcd-${letter}`;
    const peerUrl = `${scheme}://${loopback}:${ports[count + index] ?? 0}`;
    const place = { name, zone: zones[index] ?? zones[0], port: ports[index] ?? 0, peerUrl };
    return authority === undefined ? place : { ...place, trust: authority.issue("etcd", name) };
  });
  const root = authority?.issue("root", "etcd-root");
  const servers = await startServers(
    planned.map((member) => ({
      command: commandOf(member, planned, options),
      ask: () => askEtcd(member.port, root),
    })),
  );
  const stop = (): Promise<void> => stopServers(servers);
  const endpoints = planned.map(({ port }) => `${loopback}:${port}`);
  if (root !== undefined) {
    await grantEtcdRoles(endpoints, root).catch((error: unknown) =>
      stop().then(() => Promise.reject(error)),
    );
  }
  return { endpoints, members: servers, stop };
}

function commandOf(
  { name, zone, port, peerUrl, trust }: Member,
  members: readonly Member[],
  { folder, isDetached = false, environment }: MemberOptions,
): ServerCommand {
  const own = makeFolder(folder, name);
  const clientUrl = `${trust === undefined ? "http" : "https"}://${loopback}:${port}`;
  const flags: Readonly<Record<string, string>> = {
    name,
    "data-dir": join(own, "data"),
    "listen-client-urls": clientUrl,
    "advertise-client-urls": clientUrl,
    "listen-peer-urls": peerUrl,
    "initial-advertise-peer-urls": peerUrl,
    "initial-cluster": members.map((member) => `${member.name}=${member.peerUrl}`).join(","),
    // Two fleets on one machine never take each other's members for theirs.
    "initial-cluster-token": `fairlead-${members[0]?.port ?? port}`,
    "auto-compaction-mode": "revision",
    "auto-compaction-retention": "10000",
    logger: "zap",
    "log-outputs": "stderr",
    "log-level": "error",
    ...(trust === undefined ? {} : trustFlags(trust)),
  };
  return {
    name,
    zone,
    port,
    program: findProgram("etcd"),
    args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    environment: { ...bareEnvironment, ...environment },
    workingFolder: "/",
    logFile: join(own, "log"),
    endSignal: "SIGTERM",
    // A leader whose peers are ending as well waits long for one to follow it; what it acknowledged is on the disk.
    endPatienceMs: 1_000,
    isDetached,
  };
}

function trustFlags({ caFile, certFile, keyFile }: TrustFiles): Readonly<Record<string, string>> {
  return {
    "trusted-ca-file": caFile,
    "cert-file": certFile,
    "key-file": keyFile,
    "client-cert-auth": "true",
    "peer-trusted-ca-file": caFile,
    "peer-cert-file": certFile,
    "peer-key-file": keyFile,
    "peer-client-cert-auth": "true",
    "peer-cert-allowed-cn": "etcd",
    // The gateway speaks with the server's own certificate, which is no user.
    "enable-grpc-gateway": "false",
  };
}
