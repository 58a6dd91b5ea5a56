// The HTTP door: OpenAI's dialect over node:http. Per request: route, key, headers, body, admission, session.
// The key comes before the body, so that a stranger's bytes are never gathered.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Refusal } from "#shared/model/refusal.ts";
import type { AdmittedArm, AdmittedCall } from "#services/edge/admit.ts";
import { admit } from "#services/edge/admit.ts";
import type { Authentication, Caller } from "#services/edge/authenticate.ts";
import { scopeRefusal, whenKnown } from "#services/edge/authenticate.ts";
import type { Edge } from "#services/edge/edge.ts";
import { reasonOf } from "#services/edge/edge.ts";
import { answerAdapters } from "./adapter-routes.ts";
import { answerBooks } from "./books-answer.ts";
import { boundBody } from "./bound-body.ts";
import { answerBadBytes } from "./http-bad-bytes.ts";
import type { Exchange } from "./http-exchange.ts";
import { refusalHeaders, refuse, sendJson, sendRefusal } from "./http-exchange.ts";
import type { Route } from "./http-route.ts";
import { findRoute, scopeOf } from "./http-route.ts";
import { parseJson } from "./json-guard.ts";
import { follow } from "./follow-call.ts";
import { findModel } from "#services/edge/models-list.ts";
import type { OpenAiApi } from "./openai-fields.ts";
import { NamedReply } from "./named-reply.ts";
import type { ReplySubject } from "./openai-format.ts";
import { errorText } from "./openai-format.ts";
import type { OpenAiRequest } from "./openai-request.ts";
import { readOpenAiRequest } from "./openai-request.ts";
import { bodyTooLarge, readBody } from "./read-body.ts";
import { refusalStatus } from "#services/edge/refusal-status.ts";
import { nameRequest, readIdempotencyKey, runsMax } from "#services/edge/idempotency-key.ts";
import { withNextRun } from "#services/edge/next-run.ts";
import { newRequestId } from "#services/edge/request-id.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { resume } from "./resume-call.ts";
import { readPosition } from "./resume-position.ts";
import { writeReplyTerms } from "./resumed-stream.ts";
import { SseStream } from "./sse-stream.ts";
import { WholeReply } from "./whole-reply.ts";

export interface Listen {
  /** 0: any free port. */
  readonly port: number;
  /** Default: loopback only. */
  readonly hostname?: string;
}

export interface ListeningApi {
  readonly port: number;
  /** Takes no more connections; what is open gets the edge's grace. Drain the edge first. */
  close(): Promise<void>;
}

export async function startHttpApi(edge: Edge, listen: Listen): Promise<ListeningApi> {
  const server = createHttpServer(edge);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: listen.port, host: listen.hostname ?? "127.0.0.1" }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(edge, server) };
}

/** Not listening yet. */
function createHttpServer(edge: Edge): Server {
  const { config } = edge;
  const server = createServer({
    noDelay: true,
    maxHeaderSize: config.headerBytesMax,
    headersTimeout: config.headersTimeoutMs,
    requestTimeout:
      edge.adapters === undefined
        ? config.requestTimeoutMs
        : Math.max(config.requestTimeoutMs, config.uploadTimeoutMs),
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, config.headersTimeoutMs / 2)),
  });
  server.maxConnections = config.connectionsMax;
  const exchanges = new WeakMap<object, Exchange>();
  const begin = (incoming: IncomingMessage, response: ServerResponse): Exchange => {
    const exchange: Exchange = {
      edge,
      requestId: newRequestId(),
      arrivedAtEpochMs: Date.now(),
      incoming,
      response,
      caller: undefined,
      notice: undefined,
      awaitsContinue: false,
      isUpload: false,
    };
    if (edge.adapters !== undefined) boundBody(exchange);
    exchanges.set(incoming.socket, exchange);
    // A write that fails is a client that left; its socket's close says so.
    response.on("error", () => {});
    return exchange;
  };
  server.on("request", (incoming, response) => {
    const exchange = begin(incoming, response);
    guard(exchange, () => answer(exchange));
  });
  server.on("checkContinue", (incoming, response) => {
    const exchange = begin(incoming, response);
    exchange.awaitsContinue = true;
    guard(exchange, () => answer(exchange));
  });
  server.on("clientError", (error, socket) => {
    answerBadBytes(edge, { error, socket, exchange: exchanges.get(socket) });
  });
  return server;
}

function closeServer(edge: Edge, server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), edge.config.closeGraceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** One odd request never harms another: whatever is thrown ends here, with this request. */
function guard(exchange: Exchange, handle: () => void): void {
  try {
    handle();
  } catch (bug) {
    const { edge, requestId, response, incoming } = exchange;
    edge.note("edge.fault", { requestId, reason: reasonOf(bug) });
    if (response.headersSent) incoming.socket.destroy();
    else
      sendRefusal(exchange, { code: "internal", message: "Something here is broken." }, undefined);
  }
}

function answer(exchange: Exchange): void {
  const { edge, incoming } = exchange;
  whenKnown(edge.authenticate(incoming.headers.authorization), (known) => {
    // Left while its token was verified: nobody would hear of its socket any more.
    if (!incoming.socket.destroyed) guard(exchange, () => answerTo(exchange, known));
  });
}

function answerTo(exchange: Exchange, authentication: Authentication): void {
  const { incoming } = exchange;
  if (authentication.kind === "authenticated") exchange.caller = authentication.caller;
  const route = findRoute(incoming.method ?? "", incoming.url ?? "");
  if (route.kind === "refused") return refuseRoute(exchange, route);
  if (authentication.kind === "refused") return refuse(exchange, authentication.refusal);
  return answerRoute(exchange, authentication.caller, route);
}

function answerRoute(
  exchange: Exchange,
  caller: Caller,
  route: Exclude<Route, { kind: "refused" }>,
): void {
  const { edge } = exchange;
  const lacking = scopeRefusal(caller, scopeOf(route));
  if (lacking !== undefined) return refuse(exchange, lacking);
  switch (route.kind) {
    case "models": {
      const text = edge.modelsTexts.of(edge.view(), caller, exchange.arrivedAtEpochMs);
      return sendJson(exchange, { status: 200, text });
    }
    case "model": {
      const asked = { name: route.name, nowEpochMs: exchange.arrivedAtEpochMs };
      const model = findModel(edge.view(), caller, asked);
      if ("code" in model) return refuse(exchange, model);
      return sendJson(exchange, { status: 200, text: JSON.stringify(model) });
    }
    case "resume":
      return resume(exchange, caller, route.requestId);
    case "adapters":
      return answerAdapters(exchange, caller, route);
    case "books":
      return answerBooks(exchange, caller, route);
    case "generate":
      return receiveBody(exchange, caller, route.api);
    default:
      return route satisfies never;
  }
}

function receiveBody(exchange: Exchange, caller: Caller, api: OpenAiApi): void {
  const { edge, incoming, response } = exchange;
  const closed = edge.closedFor() ?? shedFor(exchange, caller) ?? findHeaderViolation(exchange);
  if (closed !== undefined) return refuse(exchange, closed);
  if (exchange.awaitsContinue) {
    exchange.awaitsContinue = false;
    response.writeContinue();
  }
  return readBody({ edge, incoming, tenant: caller.tenant.policy.tenant }, (body) => {
    guard(exchange, () => {
      if (body.kind === "refused") refuse(exchange, body.refusal);
      else generate(exchange, caller, { api, bytes: body.bytes });
    });
  });
}

/** Before its body is read. Who has a part of a stream already was admitted once. */
const shedFor = ({ edge, incoming }: Exchange, { tenant }: Caller): Refusal | undefined =>
  incoming.headers["last-event-id"] === undefined ? edge.load.refusalFor(tenant.policy) : undefined;

function findHeaderViolation({ edge, incoming: { headers } }: Exchange): Refusal | undefined {
  const mediaType = headers["content-type"];
  if (mediaType !== undefined && !/^application\/json *(;|$)/i.test(mediaType)) {
    const message = "The content type must be application/json.";
    return { code: "media_type_unsupported", message };
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return { code: "media_type_unsupported", message: "The body must not be compressed." };
  }
  const { bodyBytesMax } = edge.config;
  return Number(headers["content-length"] ?? 0) > bodyBytesMax
    ? bodyTooLarge(bodyBytesMax)
    : undefined;
}

function generate(
  exchange: Exchange,
  caller: Caller,
  { api, bytes }: { readonly api: OpenAiApi; readonly bytes: Buffer },
): void {
  const { edge } = exchange;
  const json = parseJson(bytes, edge.config);
  if (json.kind === "refused") return refuse(exchange, json.refusal);
  const reading = readOpenAiRequest(api, json.value);
  if (reading.kind === "refused") return refuse(exchange, reading.refusal);
  const { generation } = reading.request;
  const admission = admit(edge.view(), caller, generation, Date.now());
  if (admission.kind === "refused") return refuse(exchange, admission.refusal);
  exchange.notice = admission.notice;
  const { keyId } = caller;
  const { call: admitted, arm } = admission;
  if (admitted.adapterDigest !== "") exchange.adapterDigest = admitted.adapterDigest;
  const wish = { api, keyId, request: reading.request, admitted, arm };
  const key = readIdempotencyKey(exchange.incoming.headers["idempotency-key"]);
  if (key === undefined) return open(exchange, wish);
  if (typeof key !== "string") return refuse(exchange, key);
  const after = lostAfter(exchange, reading.request);
  if (typeof after === "object") return refuse(exchange, after);
  return openNamed(exchange, wish, { key, after, run: 0 });
}

interface Wish {
  readonly api: OpenAiApi;
  /** Of the caller's key. */
  readonly keyId: string;
  readonly request: OpenAiRequest;
  readonly admitted: AdmittedCall;
  readonly arm: AdmittedArm | undefined;
}

const subjectOf = (
  { arrivedAtEpochMs, notice }: Exchange,
  requestId: RequestId,
  { api, request }: Wish,
): ReplySubject => ({
  api,
  requestId,
  modelName: request.generation.model,
  createdEpochS: Math.floor(arrivedAtEpochMs / 1000),
  includeUsage: request.includeUsage,
  ...(notice === undefined ? {} : { served: notice.served }),
});

function open(exchange: Exchange, wish: Wish): void {
  const { edge, requestId, arrivedAtEpochMs } = exchange;
  const subject = subjectOf(exchange, requestId, wish);
  const reply = wish.request.isStreamed
    ? new SseStream(exchange, subject)
    : new WholeReply(exchange, subject);
  const call = edge.calls.open({
    requestId,
    arrivedAtEpochMs,
    timeoutMs: edge.config.callTimeoutMs,
    keyId: wish.keyId,
    admitted: wish.admitted,
    isInOnePiece: !wish.request.isStreamed,
    replyTerms: writeReplyTerms(subject),
    reply: edge.arms.watch({ ...wish, requestId }, reply),
  });
  follow(exchange, call);
}

/** How much of the stream its client has, if it says that it lost it. */
function lostAfter(
  { incoming }: Exchange,
  { isStreamed }: OpenAiRequest,
): number | Refusal | undefined {
  const lastEventId = incoming.headers["last-event-id"]?.toString();
  return lastEventId === undefined || !isStreamed ? undefined : readPosition("", lastEventId);
}

/** It may run already, or have run: its session finds out. */
function openNamed(
  exchange: Exchange,
  wish: Wish,
  {
    key,
    after,
    run,
  }: { readonly key: string; readonly after: number | undefined; readonly run: number },
): void {
  const { edge, requestId, arrivedAtEpochMs } = exchange;
  const named = nameRequest(wish.admitted, key, { run, nowEpochMs: arrivedAtEpochMs });
  const subject = subjectOf(exchange, named.requestId, wish);
  const reply = new NamedReply(exchange, {
    subject,
    isStreamed: wish.request.isStreamed,
    isContinued: after !== undefined,
  });
  const beginNextRun = (): boolean => {
    if (run + 1 >= runsMax) return false;
    openNamed(exchange, wish, { key, after, run: run + 1 });
    return true;
  };
  const call = edge.calls.open({
    // A run's call of its own: the session of the one before may not be over.
    requestId: run === 0 ? requestId : newRequestId(),
    arrivedAtEpochMs,
    timeoutMs: edge.config.callTimeoutMs,
    keyId: wish.keyId,
    admitted: wish.admitted,
    isInOnePiece: !wish.request.isStreamed,
    replyTerms: writeReplyTerms(subject),
    named: { ...named, ...(after === undefined ? {} : { after }) },
    reply: withNextRun(
      edge.arms.watch({ ...wish, requestId: named.requestId }, reply),
      beginNextRun,
    ),
  });
  follow(exchange, call);
}

function refuseRoute(exchange: Exchange, route: Extract<Route, { kind: "refused" }>): void {
  const { refusal, allow } = route;
  if (allow === undefined) return refuse(exchange, refusal);
  sendJson(exchange, {
    status: refusalStatus(refusal.code).http,
    text: errorText(refusal),
    headers: ["allow", allow, ...refusalHeaders(refusal)],
  });
}
