// One lane to one worker, dialled before it is needed and dialled again for ever. Law: whatever ends it, a refused
// connection, silence, a bad byte, too much unsent, it ends once, says why, and holds nothing of what it was given.

import type { ChannelCredentials, ClientDuplexStream } from "@grpc/grpc-js";
import { Client, Metadata } from "@grpc/grpc-js";
import { fairlead } from "#proto/dataplane.js";
import {
  batchBytesMax,
  dataPlaneVersion,
  handshakeMs,
  heartbeatMs,
  laneBytesMax,
  messageBytesMax,
  silenceMs,
  workerRole,
} from "#shared/bus/data-plane.ts";
import type { WireCommand } from "#shared/bus/data-plane-commands.ts";
import type { WireEvent } from "#shared/bus/data-plane-events.ts";

const { FromEdge, FromWorker } = fairlead.dataplane.v1;
type FromEdgeFields = fairlead.dataplane.v1.FromEdge.$Properties;
type WorkerHelloFields = fairlead.dataplane.v1.WorkerHello.$Properties;
type FromWorkerFields = fairlead.dataplane.v1.FromWorker.$Properties;

const exchangePath = "/fairlead.dataplane.v1.DataPlane/Exchange";
const asBytes = (bytes: Uint8Array): Buffer => bytes as Buffer;
const heartbeat = (): Buffer => asBytes(FromEdge.encode({ heartbeat: {} }).finish());

const channelOptions = {
  // Lanes do not share a connection, nor do they come from a proxy that the environment names.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_http_proxy": 0,
  // The retry buffer would keep the whole stream.
  "grpc.enable_retries": 0,
  "grpc.keepalive_time_ms": 2_000,
  "grpc.keepalive_timeout_ms": 1_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.max_receive_message_length": messageBytesMax,
  "grpc.max_send_message_length": messageBytesMax,
  "grpc.service_config_disable_resolution": 1,
  // Whom we call is a role; its address is no name to ask the certificate for.
  "grpc.ssl_target_name_override": `${workerRole}.role.fairlead`,
} as const;

const retryMinMs = 50;
const retryMaxMs = 1_000;

export interface LanePlace {
  readonly edge: string;
  readonly worker: string;
  readonly incarnation: number;
  /** host:port */
  readonly dataPlane: string;
  readonly lane: number;
  readonly lanes: number;
  readonly credentials: ChannelCredentials;
}

export interface LaneOwner {
  nowMs(): number;
  heard(lane: Lane, events: readonly WireEvent[]): void;
  opened(lane: Lane): void;
  /** Everything given to it and not answered is lost. Dials again by itself. */
  broke(lane: Lane, reason: string): void;
}

type State = "dialling" | "open" | "waiting" | "closed";

export class Lane {
  readonly place: LanePlace;
  readonly #owner: LaneOwner;
  #state: State = "waiting";
  #client: Client | undefined;
  #call: ClientDuplexStream<Buffer, Buffer> | undefined;
  /** Of this slice, or while the lane opens: not yet encoded. */
  #gathered: WireCommand[] = [];
  #gatheredBytes = 0;
  /** Encoded, and not yet taken by the socket. */
  #unsentBytes = 0;
  #isFlushing = false;
  /** Since it last was open: then nobody waits for it. */
  #failures = 0;
  #dialledAtMs = 0;
  #heardAtMs = 0;
  #spokeAtMs = 0;
  #retryAtMs = 0;

  constructor(place: LanePlace, owner: LaneOwner) {
    this.place = place;
    this.#owner = owner;
    this.#dial();
  }

  /** It is open, or opens for the first time: what is given to it waits for that, at most two seconds. */
  get isUsable(): boolean {
    return this.#state === "open" || (this.#state === "dialling" && this.#failures === 0);
  }

  hasRoom(bytes: number): boolean {
    return this.#gatheredBytes + this.#unsentBytes + bytes <= laneBytesMax;
  }

  /** What one slice of the host gives goes as one message. */
  give(command: WireCommand, bytes: number): void {
    this.#gathered.push(command);
    this.#gatheredBytes += bytes;
    if (!this.hasRoom(0)) return this.#break("the worker takes too little");
    if (this.#state !== "open") return;
    if (this.#gatheredBytes >= batchBytesMax) return this.#flush();
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#state === "open") this.#flush();
    });
  }

  /** `graceMs`: for so long this process itself heard nothing, because it did not run. */
  watch(nowMs: number, graceMs: number): void {
    this.#heardAtMs += graceMs;
    this.#dialledAtMs += graceMs;
    if (this.#state === "waiting" && nowMs >= this.#retryAtMs) this.#dial();
    else if (this.#state === "dialling" && nowMs - this.#dialledAtMs >= handshakeMs) {
      this.#break(`nothing answers at ${this.place.dataPlane}: does it serve the data plane?`);
    } else if (this.#state === "open" && nowMs - this.#heardAtMs >= silenceMs) {
      this.#break("silent");
    } else if (this.#state === "open" && nowMs - this.#spokeAtMs >= heartbeatMs) {
      this.#write(heartbeat());
    }
  }

  close(): void {
    this.#state = "closed";
    this.#hangUp();
  }

  #dial(): void {
    const { edge, worker, incarnation, lane, lanes, dataPlane, credentials } = this.place;
    this.#state = "dialling";
    this.#dialledAtMs = this.#owner.nowMs();
    this.#client = new Client(dataPlane, credentials, channelOptions);
    const call = this.#client.makeBidiStreamRequest(
      exchangePath,
      asBytes,
      asBytes,
      new Metadata(),
    ) as ClientDuplexStream<Buffer, Buffer>;
    this.#call = call;
    call.on("data", (bytes: Buffer) => {
      if (this.#call === call) this.#read(bytes);
    });
    call.on("error", (error) => {
      if (this.#call === call) this.#break(error.message.slice(0, 200));
    });
    call.on("end", () => {
      // With an error, `error` comes next and knows more.
      setImmediate(() => {
        if (this.#call === call) this.#break("the worker ended the stream");
      });
    });
    const protocolVersion = dataPlaneVersion;
    this.#send({ hello: { protocolVersion, edge, worker, incarnation, lane, lanes } });
  }

  #read(bytes: Buffer): void {
    this.#heardAtMs = this.#owner.nowMs();
    let message: FromWorkerFields;
    try {
      message = FromWorker.decode(bytes);
    } catch {
      return this.#break("malformed bytes");
    }
    const { hello, frame } = message;
    if (hello !== null && hello !== undefined) return this.#open(hello);
    if (this.#state !== "open") return this.#break("no hello");
    const events = frame?.events ?? [];
    if (events.length > 0) this.#owner.heard(this, events);
  }

  #open({ protocolVersion, worker, edge, lane }: WorkerHelloFields): void {
    if (protocolVersion !== dataPlaneVersion) {
      const foreign = `the worker speaks data plane protocol ${protocolVersion ?? 0}`;
      return this.#break(`${foreign}, this edge ${dataPlaneVersion}`);
    }
    const { place } = this;
    const isOurs = worker === place.worker && edge === place.edge && (lane ?? 0) === place.lane;
    if (!isOurs || this.#state !== "dialling") return this.#break("a hello for someone else");
    this.#state = "open";
    this.#failures = 0;
    this.#owner.opened(this);
    this.#flush();
  }

  #flush(): void {
    const commands = this.#gathered;
    if (commands.length === 0) return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    for (const batch of batches(commands)) this.#send({ commands: { commands: batch } });
  }

  #send(message: FromEdgeFields): void {
    this.#write(asBytes(FromEdge.encode(message).finish()));
  }

  #write(bytes: Buffer): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#spokeAtMs = this.#owner.nowMs();
    this.#unsentBytes += bytes.length;
    call.write(bytes, () => {
      if (this.#call === call) this.#unsentBytes -= bytes.length;
    });
  }

  #break(reason: string): void {
    if (this.#state === "closed" || this.#state === "waiting") return;
    this.#state = "waiting";
    this.#failures++;
    const delayMs = Math.min(retryMaxMs, retryMinMs * 2 ** (this.#failures - 1));
    this.#retryAtMs = this.#owner.nowMs() + delayMs * (0.5 + Math.random() / 2);
    this.#hangUp();
    this.#owner.broke(this, reason);
  }

  #hangUp(): void {
    const call = this.#call;
    this.#call = undefined;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#unsentBytes = 0;
    call?.cancel();
    this.#client?.close();
    this.#client = undefined;
  }
}

/** Large prompts held while a lane opened do not become one message that no one takes. */
function batches(commands: readonly WireCommand[]): WireCommand[][] {
  const made: WireCommand[][] = [];
  let batch: WireCommand[] = [];
  let bytes = 0;
  for (const command of commands) {
    const size = 64 + (command.start?.prompt?.length ?? 0);
    if (batch.length > 0 && bytes + size > batchBytesMax) {
      made.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(command);
    bytes += size;
  }
  return [...made, batch];
}
