// A process's one connection to the NATS servers: clear words if it cannot be had at the start, and after that it
// comes back for ever. While it is away, nothing is kept for later.

import { performance } from "node:perf_hooks";
import type { NatsConnection, Status } from "@nats-io/transport-node";
import { connect } from "@nats-io/transport-node";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { FleetRole, Trust } from "#shared/config/trust.ts";
import { knock } from "./nats-knock.ts";
import { inboxPrefixOf } from "./nats-permissions.ts";
import { isServerOfFleet } from "./nats-server-identity.ts";
import { createNoteRation } from "./note-ration.ts";

export interface NatsOptions {
  /** `host:port` each, the nearest first. */
  readonly servers: readonly string[];
  /** Absent: no TLS, for contract tests. */
  readonly trust?: Trust;
  readonly role: FleetRole;
  readonly process: string;
  readonly onNote: (record: NoteRecord) => void;
}

export interface NatsLink {
  readonly connection: NatsConnection;
  readonly role: FleetRole;
  readonly process: string;
  /** False during an outage, and once closed. */
  isUp(): boolean;
  /** What was said so far goes out first, within a second. */
  close(): Promise<void>;
}

const knockTimeoutMs = 3_000;
const dialTimeoutMs = 2_000;
const closeTimeoutMs = 1_000;

/** Throws an error that names each server and what to do about it; then nothing is left open. */
export async function connectNats(options: NatsOptions): Promise<NatsLink> {
  const { servers, trust, role, process, onNote } = options;
  await findServer(servers, trust);
  const connection = await connect({
    servers: [...servers],
    tls: trust === undefined ? null : tlsOf(trust),
    name: process,
    inboxPrefix: inboxPrefixOf(role),
    timeout: dialTimeoutMs,
    pingInterval: 5_000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    // In the order given, the nearest first.
    noRandomize: true,
    reconnectTimeWait: 250,
    reconnectJitter: 500,
    reconnectJitterTLS: 500,
    // Two refusals in a row would otherwise close the connection for good.
    ignoreAuthErrorAbort: true,
    // The configured servers are all there are; what a cluster gossips need not be reachable, nor in our trust.
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
  }).catch((error: unknown) => {
    throw new Error(`NATS at ${servers.join(", ")}: ${String(error)}`, { cause: error });
  });
  const self = `bus/${process}` as Address;
  const ration = createNoteRation(self, onNote);
  let isUp = true;
  let isClosing = false;
  const say = (event: string, fields: NoteRecord["fields"]): void =>
    onNote({ kind: "note", actor: self, event, fields, nowMs: performance.now() });
  const watching = watch(connection, (status) => {
    switch (status.type) {
      case "disconnect":
        isUp = false;
        say("bus.disconnected", { server: status.server });
        break;
      case "reconnect":
        isUp = true;
        say("bus.reconnected", { server: status.server });
        break;
      case "staleConnection":
        say("bus.stale", { why: "the server answers no pings" });
        break;
      case "error":
        ration.say(self, "bus.refused", { why: status.error.message });
        break;
      case "close":
        isUp = false;
        if (!isClosing) say("bus.closed", { why: "the client gave up; start this process again" });
        break;
      default:
    }
  });
  return {
    connection,
    role,
    process,
    isUp: () => isUp,
    close: async () => {
      isClosing = true;
      if (isUp) await within(closeTimeoutMs, connection.flush());
      isUp = false;
      await connection.close();
      await watching;
      ration.stop();
    },
  };
}

/** The client hands on to Node what it does not know itself. */
function tlsOf(trust: Trust): Trust {
  const options = { ...trust, checkServerIdentity: isServerOfFleet };
  return options;
}

async function findServer(servers: readonly string[], trust: Trust | undefined): Promise<void> {
  if (servers.length === 0) throw new Error("no NATS server is named: set FAIRLEAD_NATS_SERVERS");
  const faults = await Promise.all(
    servers.map(async (server) => {
      const fault = await knock(server, trust, knockTimeoutMs);
      return fault === undefined ? undefined : `nats://${server}: ${fault}`;
    }),
  );
  if (faults.includes(undefined)) return;
  throw new Error(`no NATS server can be used (FAIRLEAD_NATS_SERVERS): ${faults.join("; ")}`);
}

async function watch(connection: NatsConnection, hear: (status: Status) => void): Promise<void> {
  for await (const status of connection.status()) hear(status);
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work.catch(() => undefined), expired]);
  clearTimeout(timer);
}
