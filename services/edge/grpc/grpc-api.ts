// The gRPC door: the same keys, admission, limits and refusals as HTTP, in proto/inference's dialect.

import type {
  Metadata,
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
} from "@grpc/grpc-js";
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { fairlead } from "#proto/inference.js";
import type { RequestId } from "#shared/model/ids.ts";
import { admit } from "#services/edge/admit.ts";
import type { AdmittedArm, AdmittedCall } from "#services/edge/admit.ts";
import type { Call, Reply } from "#services/edge/client-calls.ts";
import type { Edge } from "#services/edge/edge.ts";
import type { ModelNotice } from "#services/edge/model-notice.ts";
import { reasonOf } from "#services/edge/edge.ts";
import type { Refused } from "./grpc-arrival.ts";
import { callerOf, guardArrival, noteRefusal } from "./grpc-arrival.ts";
import type { GenerateEvent, GenerateResponse, GrpcSubject } from "./grpc-reply.ts";
import { GrpcStream, GrpcWholeReply } from "./grpc-reply.ts";
import { nameRequest, readIdempotencyKey, runsMax } from "#services/edge/idempotency-key.ts";
import { withNextRun } from "#services/edge/next-run.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { openResume, readLostAfter, readResumeRequest } from "./grpc-resume.ts";
import { findExcess, readGrpcRequest } from "./grpc-request.ts";
import type { Listen, ListeningApi } from "#services/edge/http/http-api.ts";
import { newRequestId } from "#services/edge/request-id.ts";

type UnaryCall = ServerUnaryCall<Buffer, GenerateResponse>;
type StreamCall = ServerWritableStream<Buffer, GenerateEvent>;

/** Requests stay bytes until the key is known and the decoder's failure can be a refusal of ours. */
const asBytes = (bytes: Buffer): Buffer => bytes;

const inferenceService: ServiceDefinition = {
  Generate: {
    path: "/fairlead.inference.v1.Inference/Generate",
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: (response: GenerateResponse) =>
      Buffer.from(fairlead.inference.v1.GenerateResponse.encode(response).finish()),
    responseDeserialize: asBytes,
  },
  GenerateStream: {
    path: "/fairlead.inference.v1.Inference/GenerateStream",
    requestStream: false,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: (event: GenerateEvent) =>
      Buffer.from(fairlead.inference.v1.GenerateEvent.encode(event).finish()),
    responseDeserialize: asBytes,
  },
  Resume: {
    path: "/fairlead.inference.v1.Inference/Resume",
    requestStream: false,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: (event: GenerateEvent) =>
      Buffer.from(fairlead.inference.v1.GenerateEvent.encode(event).finish()),
    responseDeserialize: asBytes,
  },
};

export async function startGrpcApi(edge: Edge, listen: Listen): Promise<ListeningApi> {
  // What goes wrong reaches us; a line on stderr besides says less.
  setLogVerbosity(logVerbosity.NONE);
  const server = createGrpcServer(edge);
  const address = `${listen.hostname ?? "127.0.0.1"}:${listen.port}`;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
  return { port, close: () => closeServer(edge, server) };
}

function createGrpcServer(edge: Edge): Server {
  const { config } = edge;
  const server = new Server({
    "grpc.max_receive_message_length": config.grpcMessageBytesMax,
    "grpc.max_concurrent_streams": 1000,
    // A silent peer is found in 25 s; a stuck one loses its connection in half an hour.
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.max_connection_idle_ms": 300_000,
    "grpc.max_connection_age_ms": 1_800_000,
    "grpc.max_connection_age_grace_ms": config.callTimeoutMs + config.closeGraceMs,
    interceptors: [guardArrival(edge)],
  });
  server.addService(inferenceService, {
    Generate: (call: UnaryCall, answer: sendUnaryData<GenerateResponse>) =>
      generate(edge, call, answer),
    GenerateStream: (call: StreamCall) => generateStream(edge, call),
    Resume: (call: StreamCall) => resume(edge, call),
  });
  return server;
}

function closeServer(edge: Edge, server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      // A connection whose peer stands still is not let go even by force: who closes must not wait for it.
      resolve();
    }, edge.config.closeGraceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function generate(edge: Edge, call: UnaryCall, answer: sendUnaryData<GenerateResponse>): void {
  const makeReply: Incoming["makeReply"] = (named) => {
    const sendMetadata = (metadata: Metadata): void => call.sendMetadata(metadata);
    return new GrpcWholeReply({ ...named, sendMetadata }, answer);
  };
  openCall({
    edge,
    requestId: newRequestId(),
    call,
    makeReply,
    open: tryOpen,
    isInOnePiece: true,
  });
}

function streamReply(call: StreamCall): Incoming["makeReply"] {
  const sendMetadata = (metadata: Metadata): void => call.sendMetadata(metadata);
  return (named) => new GrpcStream({ ...named, sendMetadata }, call);
}

function generateStream(edge: Edge, call: StreamCall): void {
  const makeReply = streamReply(call);
  openCall({ edge, requestId: newRequestId(), call, makeReply, open: tryOpen });
}

/** A client that lost a stream reads it on, here or wherever it was before. */
function resume(edge: Edge, call: StreamCall): void {
  const makeReply = streamReply(call);
  openCall({ edge, requestId: newRequestId(), call, makeReply, open: tryResume });
}

interface Incoming {
  readonly edge: Edge;
  readonly requestId: RequestId;
  readonly call: UnaryCall | StreamCall;
  readonly makeReply: (named: Omit<GrpcSubject, "sendMetadata">) => Reply;
  readonly isInOnePiece?: boolean;
  /** Why nothing was opened. */
  readonly open: (incoming: Incoming) => Refused | undefined;
}

/** One odd call never harms another: whatever is thrown ends here, with this call. */
function openCall(incoming: Incoming): void {
  const { edge, requestId, makeReply } = incoming;
  try {
    const refused = incoming.open(incoming);
    if (refused !== undefined)
      makeReply({ requestId, modelName: "" }).fail(refused.refusal, refused.limits);
  } catch (bug) {
    edge.note("edge.fault", { requestId, reason: reasonOf(bug) });
    makeReply({ requestId, modelName: "" }).fail(
      { code: "internal", message: "Something here is broken." },
      undefined,
    );
  }
}

function tryResume({ edge, requestId, call, makeReply }: Incoming): Refused | undefined {
  const caller = callerOf(call.metadata);
  const wanted = edge.closedFor() ?? readResumeRequest(call.request);
  if ("code" in wanted) return noteRefusal(edge, requestId, wanted, caller);
  const timeoutMs = Math.min(edge.config.callTimeoutMs, timeLeftMs(call));
  const reply = makeReply({ requestId: wanted.requestId, modelName: "" });
  const opened = openResume(edge, caller, { ...wanted, callId: requestId, timeoutMs, reply });
  if ("code" in opened) return noteRefusal(edge, requestId, opened, caller);
  for (const over of ["close", "finish", "cancelled", "error"]) call.once(over, opened.release);
  follow(edge, call, opened.call);
  return undefined;
}

function follow(edge: Edge, call: UnaryCall | StreamCall, opened: Call): void {
  if (call.cancelled) edge.calls.gone(opened);
  else call.on("cancelled", () => edge.calls.gone(opened));
  call.on("drain", () => edge.calls.ready(opened));
}

function tryOpen(incoming: Incoming): Refused | undefined {
  const { edge, requestId, call } = incoming;
  const caller = callerOf(call.metadata);
  const closed = edge.closedFor();
  if (closed !== undefined) return noteRefusal(edge, requestId, closed, caller);
  const tooLong = findExcess(edge.view(), caller.tenant, call.request.length);
  if (tooLong !== undefined) return noteRefusal(edge, requestId, tooLong, caller);
  const reading = readGrpcRequest(call.request);
  if (reading.kind === "refused") return noteRefusal(edge, requestId, reading.refusal, caller);
  const admission = admit(edge.view(), caller, reading.generation, Date.now());
  if (admission.kind === "refused") return noteRefusal(edge, requestId, admission.refusal, caller);
  const key = readIdempotencyKey(call.metadata.get("idempotency-key")[0]?.toString());
  if (typeof key === "object") return noteRefusal(edge, requestId, key, caller);
  const after = key === undefined ? undefined : readLostAfter(call.metadata);
  if (typeof after === "object") return noteRefusal(edge, requestId, after, caller);
  const { model } = reading.generation;
  const opened = openRun(incoming, 0, {
    admitted: admission.call,
    arm: admission.arm,
    keyId: caller.keyId,
    model,
    notice: admission.notice,
    key,
    after,
    arrivedAtEpochMs: Date.now(),
  });
  return "code" in opened ? noteRefusal(edge, requestId, opened, caller) : undefined;
}

interface Wish {
  readonly admitted: AdmittedCall;
  readonly arm: AdmittedArm | undefined;
  readonly keyId: string;
  readonly model: string;
  readonly notice: ModelNotice;
  readonly key: string | undefined;
  readonly after: number | undefined;
  readonly arrivedAtEpochMs: number;
}

/** Of a request with a name there may be several, one after the other. */
function openRun(incoming: Omit<Incoming, "open">, run: number, wish: Wish): Call | Refusal {
  const { edge, requestId, call, makeReply, isInOnePiece = false } = incoming;
  const { admitted, model: modelName, notice, key, after, arrivedAtEpochMs } = wish;
  const named =
    key === undefined
      ? undefined
      : nameRequest(admitted, key, { run, nowEpochMs: arrivedAtEpochMs });
  const streamId = named?.requestId ?? requestId;
  const made = makeReply({ requestId: streamId, modelName, notice });
  const callersMs = timeLeftMs(call);
  const isDeadlineCallers = callersMs < edge.config.callTimeoutMs;
  const reply = edge.arms.watch({ ...wish, requestId: streamId, isDeadlineCallers }, made);
  const beginNextRun = (): boolean => {
    if (run + 1 >= runsMax) return false;
    const next = openRun({ ...incoming, requestId: newRequestId() }, run + 1, wish);
    if ("code" in next) reply.fail(next, undefined);
    return true;
  };
  const opened = edge.calls.open({
    requestId,
    arrivedAtEpochMs,
    timeoutMs: Math.min(edge.config.callTimeoutMs, callersMs),
    keyId: wish.keyId,
    admitted,
    isInOnePiece,
    ...(named === undefined
      ? {}
      : { named: { ...named, ...(after === undefined ? {} : { after }) } }),
    reply: named === undefined ? reply : withNextRun(reply, beginNextRun),
  });
  if (!("code" in opened) && !opened.isOver) follow(edge, call, opened);
  return opened;
}

/** What the caller's deadline leaves; unlimited without one. */
function timeLeftMs(call: UnaryCall | StreamCall): number {
  const deadline = call.getDeadline();
  const atMs = typeof deadline === "number" ? deadline : deadline.getTime();
  return Math.max(1, atMs - Date.now());
}
