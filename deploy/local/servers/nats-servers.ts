// NATS with JetStream as the local fleet runs it: one server, or three in three zones. With an authority every
// connection shows a certificate, whose name is the user that its permissions belong to.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import { findProgram } from "./find-program.ts";
import { askNats } from "./nats-ask.ts";
import type { NatsMember } from "./nats-settings.ts";
import { natsSettings } from "./nats-settings.ts";
import type { RunningServer, ServerCommand } from "./running-server.ts";
import { startServers, stopServers } from "./running-server.ts";
import { makeFolder } from "./server-folder.ts";
import type { MemberOptions } from "./server-options.ts";
import { bareEnvironment, letters, loopback, zones } from "./server-options.ts";

export interface NatsServers {
  /** host:port */
  readonly servers: readonly string[];
  readonly members: readonly RunningServer[];
  stop(): Promise<void>;
}

export async function startNatsServers(options: MemberOptions): Promise<NatsServers> {
  const { folder, authority, members: count } = options;
  const ports = await freePorts(2 * count);
  const planned = letters.slice(0, count).map((letter, index): NatsMember => {
    const name = `nats-${letter}`;
    return {
      name,
      zone: zones[index] ?? zones[0],
      port: ports[index] ?? 0,
      routePort: ports[count + index] ?? 0,
      folder: makeFolder(folder, name),
      ...(authority === undefined ? {} : { trust: authority.issue("nats", name) }),
    };
  });
  const root = authority?.issue("root", "nats-root");
  const members = await startServers(
    planned.map((member) => ({
      command: commandOf(member, planned, options),
      ask: () => askNats(member.port, root),
    })),
  );
  return {
    servers: planned.map(({ port }) => `${loopback}:${port}`),
    members,
    stop: () => stopServers(members),
  };
}

function commandOf(
  member: NatsMember,
  members: readonly NatsMember[],
  { isDetached = false, environment }: MemberOptions,
): ServerCommand {
  const { name, zone, port, folder } = member;
  const settingsFile = join(folder, "settings.conf");
  // NATS reads JSON as its own format.
  writeFileSync(settingsFile, `${JSON.stringify(natsSettings(member, members), undefined, 2)}\n`);
  return {
    name,
    zone,
    port,
    program: findProgram("nats-server"),
    args: ["-c", settingsFile],
    environment: { ...bareEnvironment, ...environment },
    workingFolder: "/",
    logFile: join(folder, "log"),
    endSignal: "SIGTERM",
    endPatienceMs: 5_000,
    isDetached,
  };
}
