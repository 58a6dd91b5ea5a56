// The edge's end of the data plane: lanes to every registered worker, open before they are needed. Law: a session that
// started somewhere hears of it once when its lane to there is gone, and no session is told by another's worker.

import type { ChannelCredentials } from "@grpc/grpc-js";
import { credentials as grpcCredentials } from "@grpc/grpc-js";
import type { PeerCertificate } from "node:tls";
import { Lane } from "./grpc-lane.ts";
import type { LaneOwner } from "./grpc-lane.ts";
import { StartedSessions } from "./started-sessions.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { DataPlaneHost } from "#shared/bus/data-plane.ts";
import { laneOf, startBytesMax, watchMs, workerRole } from "#shared/bus/data-plane.ts";
import {
  commandBytes,
  commandToWire,
  isSessionCommand,
  sessionOfWire,
} from "#shared/bus/data-plane-commands.ts";
import type { SessionCommand } from "#shared/bus/data-plane-commands.ts";
import type { WireEvent } from "#shared/bus/data-plane-events.ts";
import { eventFromWire, isLast } from "#shared/bus/data-plane-events.ts";
import { dataPlaneNotes } from "#shared/bus/data-plane-notes.ts";
import type { DataPlaneNotes } from "#shared/bus/data-plane-notes.ts";
import type { Trust } from "#shared/config/trust.ts";
import { idOfSession, sessionAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { Attach, Start } from "#shared/messages/to-worker.ts";
import type { EdgeId, RequestId, WorkerId } from "#shared/model/ids.ts";

export interface RegisteredWorker {
  readonly worker: WorkerId;
  readonly incarnation: number;
  /** host:port */
  readonly dataPlane: string;
}

export interface WorkerStreamsOptions {
  readonly host: DataPlaneHost;
  readonly edge: EdgeId;
  /** Absent: plaintext, for tests. */
  readonly trust?: Trust;
  readonly onNote: (record: NoteRecord) => void;
  /** Connections to each worker. Default 2. */
  readonly lanes?: number;
}

export interface WorkerStreams {
  /** From a session to a worker. What no lane can take is answered by `worker-lost`, not refused. */
  carry(from: Address, to: Address, message: unknown): "accepted" | "refused";
  /** All that are registered now. */
  setWorkers(list: readonly RegisteredWorker[]): void;
  stop(): void;
}

interface Link extends RegisteredWorker {
  readonly lanes: readonly Lane[];
}

/** A timer this late means that the process stood still: what was sent to it meanwhile is yet to be read. */
const stoodStillMs = 500;

export const createWorkerStreams = (options: WorkerStreamsOptions): WorkerStreams =>
  new WorkerLinks(options);

class WorkerLinks implements WorkerStreams, LaneOwner {
  readonly #host: DataPlaneHost;
  readonly #edge: EdgeId;
  readonly #laneCount: number;
  readonly #credentials: ChannelCredentials;
  readonly #notes: DataPlaneNotes;
  readonly #links = new Map<string, Link>();
  readonly #sessions = new StartedSessions();
  readonly #watch: NodeJS.Timeout;
  #watchedAtMs: number;

  constructor({ host, edge, trust, onNote, lanes = 2 }: WorkerStreamsOptions) {
    this.#host = host;
    this.#edge = edge;
    this.#laneCount = lanes;
    this.#credentials = credentialsOf(trust);
    this.#notes = dataPlaneNotes(`worker-streams/${edge}` as Address, () => host.nowMs(), onNote);
    this.#watchedAtMs = host.nowMs();
    this.#watch = setInterval(() => this.#look(), watchMs);
  }

  carry(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    const session = idOfSession(from);
    if (!isSessionCommand(message) || from !== sessionAddress(this.#edge, session)) {
      this.#notes.drop("data-plane.dropped", to, `no command of a session of ${this.#edge}`);
      return "accepted";
    }
    const worker = to.slice("worker/".length) as WorkerId;
    if (message.kind === "start" || message.kind === "attach") {
      this.#carryOpening(worker, message, session);
    } else this.#give(worker, message, session);
    return "accepted";
  }

  #carryOpening(worker: WorkerId, opening: Start | Attach, session: RequestId): void {
    const { requestId, attempt, incarnation } = opening;
    const bytes = commandBytes(opening);
    if (bytes > startBytesMax) {
      const refused = { kind: "start-refused", reason: "no-capacity", retryable: false } as const;
      this.#notes.drop("data-plane.refused", worker, "prompt larger than a message may be");
      this.#tellSoon(worker, { ...refused, requestId, attempt }, session);
      return;
    }
    const link = this.#links.get(worker);
    const lane = link?.lanes[laneOf(session, this.#laneCount)];
    const why = reasonAgainst(lane, bytes);
    if (lane === undefined || why !== undefined) {
      this.#notes.drop("data-plane.not-carried", worker, why ?? "");
      this.#tellSoon(worker, { kind: "worker-lost", worker, incarnation }, session);
      return;
    }
    this.#sessions.started(session, { worker, attempt, incarnation });
    lane.give(commandToWire(opening, session), bytes);
  }

  /** Of no use to a worker that is not reached: its sequences end by themselves, and its session asks again. */
  #give(worker: WorkerId, command: SessionCommand, session: RequestId): void {
    const lane = this.#links.get(worker)?.lanes[laneOf(session, this.#laneCount)];
    if (lane === undefined || !lane.isUsable) {
      this.#notes.drop("data-plane.dropped", worker, `${command.kind} without a lane`);
    } else lane.give(commandToWire(command, session), commandBytes(command));
  }

  setWorkers(list: readonly RegisteredWorker[]): void {
    const standing = new Map(list.map((entry) => [entry.worker as string, entry]));
    for (const link of this.#links.values()) {
      const entry = standing.get(link.worker);
      if (entry === undefined) this.#drop(link, "no longer registered");
      else if (entry.incarnation !== link.incarnation) this.#drop(link, "another life");
      else if (entry.dataPlane !== link.dataPlane) this.#drop(link, "another address");
    }
    for (const entry of standing.values()) {
      if (!this.#links.has(entry.worker)) this.#links.set(entry.worker, this.#connect(entry));
    }
  }

  #connect({ worker, incarnation, dataPlane }: RegisteredWorker): Link {
    const lanes = this.#laneCount;
    const ends = { edge: this.#edge, worker, incarnation, dataPlane };
    const place = { ...ends, lanes, credentials: this.#credentials };
    return {
      worker,
      incarnation,
      dataPlane,
      lanes: Array.from({ length: lanes }, (_, lane) => new Lane({ ...place, lane }, this)),
    };
  }

  #drop({ worker, incarnation, lanes }: Link, reason: string): void {
    this.#links.delete(worker);
    for (const lane of lanes) lane.close();
    // Who was granted a later life than the registrations told waits for that one's lanes.
    const lost = this.#sessions.take(worker, (started) => started.incarnation <= incarnation);
    this.#notes.say("data-plane.lost", { worker, incarnation, reason, sessions: lost.length });
    this.#tellLost(worker, incarnation, lost);
  }

  stop(): void {
    clearInterval(this.#watch);
    for (const { lanes } of this.#links.values()) for (const lane of lanes) lane.close();
    this.#links.clear();
  }

  #look(): void {
    const nowMs = this.#host.nowMs();
    const lateMs = nowMs - this.#watchedAtMs - watchMs;
    this.#watchedAtMs = nowMs;
    const graceMs = lateMs > stoodStillMs ? lateMs : 0;
    for (const { lanes } of this.#links.values()) {
      for (const lane of lanes) lane.watch(nowMs, graceMs);
    }
  }

  nowMs(): number {
    return this.#host.nowMs();
  }

  opened({ place: { worker, incarnation, lane } }: Lane): void {
    this.#notes.say("data-plane.open", { worker, incarnation, lane });
  }

  heard({ place }: Lane, events: readonly WireEvent[]): void {
    const worker = place.worker as WorkerId;
    const from = workerAddress(worker);
    for (const wire of events) {
      const event = eventFromWire(wire, worker);
      if (typeof event === "string") {
        this.#notes.drop("data-plane.malformed", worker, event);
        continue;
      }
      const session = sessionOfWire(wire) ?? event.requestId;
      if (isLast(event)) this.#sessions.ended(session, worker, event.attempt);
      this.#host.deliver(from, sessionAddress(this.#edge, session), event);
    }
  }

  broke({ place }: Lane, reason: string): void {
    const { incarnation, lane, lanes } = place;
    const worker = place.worker as WorkerId;
    const lost = this.#sessions.take(worker, (_, id) => laneOf(id, lanes) === lane);
    this.#notes.drop("data-plane.lost", `${worker} lane ${lane}`, reason);
    this.#tellLost(worker, incarnation, lost);
  }

  #tellLost(
    worker: WorkerId,
    incarnation: number,
    lost: readonly { readonly id: RequestId; readonly incarnation: number }[],
  ): void {
    for (const { id, incarnation: started } of lost) {
      const message = { worker, incarnation: Math.max(incarnation, started) };
      this.#tellSoon(worker, { kind: "worker-lost", ...message }, id);
    }
  }

  /** Not within the turn that asked: its effects come first. */
  #tellSoon(worker: WorkerId, message: ToSession, session: RequestId): void {
    const to = sessionAddress(this.#edge, session);
    setImmediate(() => this.#host.deliver(workerAddress(worker), to, message));
  }
}

function reasonAgainst(lane: Lane | undefined, bytes: number): string | undefined {
  if (lane === undefined) return "not registered";
  if (!lane.isUsable) return "no lane is open";
  return lane.hasRoom(bytes) ? undefined : "its lane is full";
}

/** Whom we call is checked by role, not by host name: the address came from the registrations. */
function credentialsOf(trust: Trust | undefined): ChannelCredentials {
  if (trust === undefined) return grpcCredentials.createInsecure();
  const [ca, key, cert] = [trust.ca, trust.key, trust.cert].map((pem) => Buffer.from(pem));
  const checkServerIdentity = (_: string, { subject }: PeerCertificate): Error | undefined =>
    subject.CN === workerRole
      ? undefined
      : new Error(`the certificate at the worker's address is of ${String(subject.CN)}`);
  return grpcCredentials.createSsl(ca, key, cert, { checkServerIdentity });
}
