// The workers' end of the data plane: one port for all workers of this process. Law: an edge speaks for its own sessions
// only, over TLS it is the process that its certificate names, and one edge's lane never harms another's.

import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { logVerbosity, Server, ServerCredentials, setLogVerbosity, status } from "@grpc/grpc-js";
import { EdgeLanes } from "./edge-lanes.ts";
import { EdgeLane } from "./grpc-edge-lane.ts";
import type {
  Caller,
  EdgeHelloFields,
  EdgeLaneOwner,
  ExchangeCall,
  Refusal,
} from "./grpc-edge-lane.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { DataPlaneHost } from "#shared/bus/data-plane.ts";
import { dataPlaneVersion, edgeRole, messageBytesMax, watchMs } from "#shared/bus/data-plane.ts";
import type { WireCommand } from "#shared/bus/data-plane-commands.ts";
import { commandFromWire, sessionOfWire } from "#shared/bus/data-plane-commands.ts";
import { isWorkerEvent } from "#shared/bus/data-plane-events.ts";
import type { DataPlaneNotes } from "#shared/bus/data-plane-notes.ts";
import { dataPlaneNotes } from "#shared/bus/data-plane-notes.ts";
import type { Trust } from "#shared/config/trust.ts";
import {
  edgeOfSession,
  idOfSession,
  sessionAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { EdgeId, WorkerId } from "#shared/model/ids.ts";

export interface EdgeStreamsOptions {
  readonly host: DataPlaneHost;
  /** Those of this process; their names are what an edge calls. */
  readonly workers: readonly WorkerId[];
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absent: plaintext, for tests. */
  readonly trust?: Trust;
  readonly onNote: (record: NoteRecord) => void;
}

export interface EdgeStreams {
  readonly port: number;
  /** From a worker to a session. Without a lane it is dropped with a note: the actors' timers repair. */
  carry(from: Address, to: Address, message: unknown): "accepted" | "refused";
  /** Frames sent since the start, over all lanes. */
  frames(): number;
  close(): Promise<void>;
}

const asBytes = (bytes: Buffer): Buffer => bytes;

/** Bytes on both sides: a failing decoder is a refusal of ours. */
const dataPlaneService: ServiceDefinition = {
  Exchange: {
    path: "/fairlead.dataplane.v1.DataPlane/Exchange",
    requestStream: true,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  },
};

const laneCountMax = 64;
const stoodStillMs = 500;
/** For each lane to hear why it ends. */
const lastWordsMs = 100;

export async function startEdgeStreams(options: EdgeStreamsOptions): Promise<EdgeStreams> {
  const server = new Server({
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_send_message_length": messageBytesMax,
    // One lane has one connection; some more for one that is being replaced.
    "grpc.max_concurrent_streams": 16,
    "grpc.keepalive_time_ms": 2_000,
    "grpc.keepalive_timeout_ms": 1_000,
  });
  const edges = new EdgeLanesServed(options);
  server.addService(dataPlaneService, { Exchange: (call: ExchangeCall) => edges.serve(call) });
  const port = await listen(server, options).catch((fault: unknown) => {
    edges.close();
    server.forceShutdown();
    throw fault;
  });
  return {
    port,
    carry: (from, to, message) => edges.carry(from, to, message),
    frames: () => edges.frames(),
    close: () => {
      edges.close();
      return closeServer(server);
    },
  };
}

function listen(server: Server, options: EdgeStreamsOptions): Promise<number> {
  // What goes wrong reaches us; a line on stderr besides says less.
  setLogVerbosity(logVerbosity.NONE);
  const { hostname, port, trust } = options;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${hostname}:${port}`, credentialsOf(trust), (error, bound) => {
      if (error === null) return resolve(bound);
      reject(new Error(`the data plane cannot listen at ${hostname}:${port} (${error.message})`));
    });
  });
}

/** Without a certificate of the fleet's authority a caller does not get past the handshake. */
function credentialsOf(trust: Trust | undefined): ServerCredentials {
  if (trust === undefined) return ServerCredentials.createInsecure();
  const [ca, key, cert] = [trust.ca, trust.key, trust.cert].map((pem) => Buffer.from(pem));
  if (ca === undefined || key === undefined || cert === undefined) throw new Error("no trust");
  return ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true);
}

/** Not `tryShutdown`: after it a connection whose peer stands still is never let go, not even by force. */
async function closeServer(server: Server): Promise<void> {
  await sleep(lastWordsMs);
  server.forceShutdown();
}

class EdgeLanesServed implements EdgeLaneOwner {
  readonly #host: DataPlaneHost;
  readonly #workers: ReadonlySet<string>;
  readonly #isPlaintext: boolean;
  readonly #notes: DataPlaneNotes;
  readonly #lanes = new EdgeLanes<EdgeLane>();
  /** Called, and no hello yet. */
  readonly #strangers = new Set<EdgeLane>();
  readonly #watch: NodeJS.Timeout;
  #watchedAtMs: number;
  #framesOfEnded = 0;

  constructor({ host, workers, trust, onNote }: EdgeStreamsOptions) {
    this.#host = host;
    this.#workers = new Set(workers);
    this.#isPlaintext = trust === undefined;
    const self = `edge-streams/${workers[0] ?? ""}` as Address;
    this.#notes = dataPlaneNotes(self, () => host.nowMs(), onNote);
    this.#watchedAtMs = host.nowMs();
    this.#watch = setInterval(() => this.#look(), watchMs);
  }

  serve(call: ExchangeCall): void {
    this.#strangers.add(new EdgeLane(call, this));
  }

  carry(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    if (!isWorkerEvent(message)) {
      this.#notes.drop("data-plane.dropped", to, "nothing that a worker tells a session");
      return "accepted";
    }
    const edge = edgeOfSession(to);
    const session = idOfSession(to);
    const lane = this.#lanes.find(from, edge, session);
    if (lane === undefined) this.#notes.drop("data-plane.dropped", edge, "no lane from this edge");
    else lane.give(message, session);
    return "accepted";
  }

  frames(): number {
    let frames = this.#framesOfEnded;
    for (const lane of this.#lanes) frames += lane.frames;
    return frames;
  }

  close(): void {
    clearInterval(this.#watch);
    const refusal = { code: status.UNAVAILABLE, details: "this worker goes away" };
    for (const lane of [...this.#lanes, ...this.#strangers]) lane.close(refusal);
  }

  nowMs(): number {
    return this.#host.nowMs();
  }

  admit(hello: EdgeHelloFields, call: ExchangeCall): Caller | Refusal {
    const caller = callerOf(hello);
    if ("code" in caller) return caller;
    const { edge, worker } = caller;
    const stranger = this.#isPlaintext ? undefined : mistrust(call, edge);
    if (stranger !== undefined) return stranger;
    if (!this.#workers.has(worker)) {
      return { code: status.NOT_FOUND, details: `no worker ${worker} lives here` };
    }
    if (this.#lanes.isFull) return { code: status.RESOURCE_EXHAUSTED, details: "too many lanes" };
    return caller;
  }

  opened(lane: EdgeLane, caller: Caller): void {
    const { edge, worker, number } = caller;
    this.#strangers.delete(lane);
    const replaced = this.#lanes.add(workerAddress(worker as WorkerId), caller, lane);
    replaced?.close({ code: status.ABORTED, details: "a newer lane took its place" });
    this.#notes.say("data-plane.open", { edge, worker, lane: number });
  }

  heard({ edge, worker }: Caller, commands: readonly WireCommand[]): void {
    const to = workerAddress(worker as WorkerId);
    for (const wire of commands) {
      const command = commandFromWire(wire);
      if (typeof command === "string") this.#notes.drop("data-plane.malformed", edge, command);
      else {
        const session = sessionOfWire(wire) ?? command.requestId;
        this.#host.deliver(sessionAddress(edge as EdgeId, session), to, command);
      }
    }
  }

  ended(lane: EdgeLane, caller: Caller | undefined, reason: string): void {
    if (caller === undefined) {
      this.#strangers.delete(lane);
      this.#notes.drop("data-plane.refused", "", reason);
      return;
    }
    const { edge, worker, number } = caller;
    this.#framesOfEnded += lane.frames;
    this.#lanes.remove(workerAddress(worker as WorkerId), caller, lane);
    this.#notes.drop("data-plane.ended", `${edge} to ${worker} lane ${number}`, reason);
  }

  #look(): void {
    const nowMs = this.#host.nowMs();
    const lateMs = nowMs - this.#watchedAtMs - watchMs;
    this.#watchedAtMs = nowMs;
    const graceMs = lateMs > stoodStillMs ? lateMs : 0;
    for (const lane of [...this.#lanes, ...this.#strangers]) lane.watch(nowMs, graceMs);
  }
}

/** As far as its own words go. */
function callerOf({ protocolVersion, edge, worker, ...place }: EdgeHelloFields): Caller | Refusal {
  if (protocolVersion !== dataPlaneVersion) {
    const ours = `this worker ${dataPlaneVersion}`;
    const details = `the edge speaks data plane protocol ${protocolVersion ?? 0}, ${ours}`;
    return { code: status.FAILED_PRECONDITION, details };
  }
  if (!isName(edge) || !isName(worker)) {
    return { code: status.INVALID_ARGUMENT, details: "a hello without names" };
  }
  const [number, count] = [place.lane ?? 0, place.lanes ?? 0];
  if (number >= count || count > laneCountMax) {
    return { code: status.INVALID_ARGUMENT, details: `lane ${number} of ${count}` };
  }
  return { edge, worker, number, count };
}

const isName = (text: string | null | undefined): text is string =>
  typeof text === "string" && /^[\w.-]{1,63}$/.test(text);

/** Why the caller's certificate does not let it speak for this edge. */
function mistrust(call: ExchangeCall, edge: string): Refusal | undefined {
  const subject = call.getAuthContext().sslPeerCertificate?.subject;
  if (subject === undefined) {
    return { code: status.UNAUTHENTICATED, details: "no certificate of the fleet's authority" };
  }
  if (subject.CN === edgeRole && subject.OU === edge) return undefined;
  const who = `${String(subject.CN)}/${String(subject.OU)}`;
  return {
    code: status.PERMISSION_DENIED,
    details: `a certificate of ${who} may not speak as ${edgeRole}/${edge}`,
  };
}
