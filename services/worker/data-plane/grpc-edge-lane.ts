// One lane from an edge, from its hello to its end. Law: what one slice of the host says goes as one frame, and while the
// edge takes nothing frames are gathered within a bound; past it, or in silence, the lane ends and the sequences go on.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { fairlead } from "#proto/dataplane.js";
import {
  batchBytesMax,
  dataPlaneVersion,
  edgeInFlightBytesMax,
  edgeLaneBytesMax,
  handshakeMs,
  heartbeatMs,
  silenceMs,
} from "#shared/bus/data-plane.ts";
import type { WireCommand } from "#shared/bus/data-plane-commands.ts";
import type { WorkerEvent } from "#shared/bus/data-plane-events.ts";
import { eventBytes, eventToWire } from "#shared/bus/data-plane-events.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { WireEvent } from "#shared/bus/data-plane-events.ts";

const { FromEdge, FromWorker } = fairlead.dataplane.v1;
type FromEdgeFields = fairlead.dataplane.v1.FromEdge.$Properties;
export type EdgeHelloFields = fairlead.dataplane.v1.EdgeHello.$Properties;

export type ExchangeCall = ServerDuplexStream<Buffer, Buffer>;

const heartbeat = (): Buffer => FromWorker.encode({ heartbeat: {} }).finish() as Buffer;

/** Why a lane is not, or no longer, served. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
}

/** Who a hello says it is, once it is believed. */
export interface Caller {
  readonly edge: string;
  readonly worker: string;
  readonly number: number;
  readonly count: number;
}

export interface EdgeLaneOwner {
  nowMs(): number;
  /** Whether this hello is believed and served. */
  admit(hello: EdgeHelloFields, call: ExchangeCall): Caller | Refusal;
  opened(lane: EdgeLane, caller: Caller): void;
  heard(caller: Caller, commands: readonly WireCommand[]): void;
  /** Once; `caller` is absent if it never opened. */
  ended(lane: EdgeLane, caller: Caller | undefined, reason: string): void;
}

export class EdgeLane {
  readonly #call: ExchangeCall;
  readonly #owner: EdgeLaneOwner;
  #caller: Caller | undefined;
  #isOver = false;
  /** Not yet encoded: of this slice, or of more while the edge takes nothing. */
  #gathered: WireEvent[] = [];
  #gatheredBytes = 0;
  #inFlightBytes = 0;
  #isFlushing = false;
  #heardAtMs: number;
  #spokeAtMs: number;
  /** Frames sent since it opened. */
  frames = 0;

  constructor(call: ExchangeCall, owner: EdgeLaneOwner) {
    this.#call = call;
    this.#owner = owner;
    this.#heardAtMs = owner.nowMs();
    this.#spokeAtMs = this.#heardAtMs;
    call.on("data", (bytes: Buffer) => this.#read(bytes));
    call.on("end", () => this.#end({ code: status.OK, details: "the edge ended it" }));
    call.on("cancelled", () => this.#over("the edge is gone"));
    call.on("error", (error: Partial<Error>) => this.#over((error.message ?? "").slice(0, 200)));
  }

  /** `session`: the id of the one that is told. */
  give(event: WorkerEvent, session: RequestId): void {
    this.#gathered.push(eventToWire(event, session));
    this.#gatheredBytes += eventBytes(event);
    if (this.#gatheredBytes + this.#inFlightBytes > edgeLaneBytesMax) {
      return this.#end({ code: status.RESOURCE_EXHAUSTED, details: "the edge takes too little" });
    }
    if (this.#isFlushing || this.#inFlightBytes >= edgeInFlightBytesMax) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /** `graceMs`: for so long this process itself heard nothing, because it did not run. */
  watch(nowMs: number, graceMs: number): void {
    if (this.#isOver) return;
    this.#heardAtMs += graceMs;
    const silentMs = nowMs - this.#heardAtMs;
    if (this.#caller === undefined) {
      const details = `no hello within ${handshakeMs} ms`;
      if (silentMs >= handshakeMs) this.#end({ code: status.DEADLINE_EXCEEDED, details });
    } else if (silentMs >= silenceMs) {
      this.#end({ code: status.DEADLINE_EXCEEDED, details: `silent for ${silenceMs} ms` });
    } else if (nowMs - this.#spokeAtMs >= heartbeatMs && this.#inFlightBytes === 0) {
      this.#write(heartbeat());
    }
  }

  /** From above: replaced, or the worker goes away. */
  close(refusal: Refusal): void {
    this.#end(refusal);
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#heardAtMs = this.#owner.nowMs();
    let message: FromEdgeFields;
    try {
      message = FromEdge.decode(bytes);
    } catch {
      return this.#end({ code: status.INVALID_ARGUMENT, details: "malformed bytes" });
    }
    const { hello, commands } = message;
    const caller = this.#caller;
    if (caller === undefined) return this.#open(hello ?? undefined);
    if (hello !== null && hello !== undefined) {
      return this.#end({ code: status.INVALID_ARGUMENT, details: "a second hello" });
    }
    const given = commands?.commands ?? [];
    if (given.length > 0) this.#owner.heard(caller, given);
  }

  #open(hello: EdgeHelloFields | undefined): void {
    if (hello === undefined) {
      return this.#end({ code: status.INVALID_ARGUMENT, details: "no hello" });
    }
    const caller = this.#owner.admit(hello, this.#call);
    if ("code" in caller) return this.#end(caller);
    this.#caller = caller;
    const { worker, edge, number: lane } = caller;
    const answer = { protocolVersion: dataPlaneVersion, worker, edge, lane };
    this.#write(FromWorker.encode({ hello: answer }).finish() as Buffer);
    this.#owner.opened(this, caller);
  }

  #flush(): void {
    while (!this.#isOver && this.#gathered.length > 0) {
      if (this.#inFlightBytes >= edgeInFlightBytesMax) return;
      const events = this.#take();
      this.frames++;
      this.#write(FromWorker.encode({ frame: { events } }).finish() as Buffer);
    }
  }

  /** All of it, or as much as one message may be. */
  #take(): WireEvent[] {
    const events = this.#gathered;
    if (this.#gatheredBytes <= batchBytesMax) {
      this.#gathered = [];
      this.#gatheredBytes = 0;
      return events;
    }
    const part = Math.max(1, Math.floor((events.length * batchBytesMax) / this.#gatheredBytes));
    this.#gatheredBytes = Math.floor(this.#gatheredBytes * (1 - part / events.length));
    return events.splice(0, part);
  }

  #write(bytes: Buffer): void {
    this.#spokeAtMs = this.#owner.nowMs();
    this.#inFlightBytes += bytes.length;
    this.#call.write(bytes, () => {
      this.#inFlightBytes -= bytes.length;
      if (this.#inFlightBytes < edgeInFlightBytesMax) this.#flush();
    });
  }

  #end(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#over(refusal.details);
    if (refusal.code === status.OK) this.#call.end();
    else this.#call.emit("error", refusal);
  }

  #over(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#owner.ended(this, this.#caller, reason);
  }
}
