// One HTTP request and its answer: the headers that every reply has, and how a refusal is sent when part of
// the request may still be on its way.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { AdapterDigest, RequestId } from "#shared/model/ids.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import type { Edge } from "#services/edge/edge.ts";
import type { ModelNotice } from "#services/edge/model-notice.ts";
import { errorText } from "./openai-format.ts";
import { rateLimitHeaders } from "./rate-limit-headers.ts";
import { refusalStatus, retryAfterMsOf } from "#services/edge/refusal-status.ts";

export interface Exchange {
  readonly edge: Edge;
  readonly requestId: RequestId;
  readonly arrivedAtEpochMs: number;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** Undefined: its key is not known, or not yet. */
  caller: Caller | undefined;
  /** Which model answers, once that is known. */
  notice: ModelNotice | undefined;
  /** The client waits for `100 Continue` before it sends its body. */
  awaitsContinue: boolean;
  /** Its body is an adapter's file, which has longer to arrive. */
  isUpload: boolean;
  /** Of the weights that answer. Absent: the base model's, or not known yet. */
  adapterDigest?: AdapterDigest;
}

export interface WholeAnswer {
  readonly status: number;
  readonly text: string;
  /** Default: JSON. */
  readonly mediaType?: string;
  readonly limits?: RateLimits | undefined;
  /** Name, value, name, value, … */
  readonly headers?: readonly string[];
}

export function replyHeaders(exchange: Exchange, limits: RateLimits | undefined): string[] {
  const headers = ["x-request-id", exchange.requestId];
  const known = limits ?? limitsKnown(exchange);
  if (known !== undefined) headers.push(...rateLimitHeaders(known));
  const { notice } = exchange;
  if (notice !== undefined) headers.push("x-fairlead-model", notice.served, ...notice.deprecation);
  // While a name is rolled out it may mean either version: this says which.
  if (exchange.adapterDigest !== undefined) {
    headers.push("x-fairlead-adapter", exchange.adapterDigest);
  }
  // Say it while the connection can still be told: the next request would meet a closed door.
  if (exchange.edge.closedFor() !== undefined) headers.push("connection", "close");
  return headers;
}

/** Of a caller whom no queue has answered, as far as this edge knows. A stranger has none. */
export const limitsKnown = ({ edge, caller }: Exchange): RateLimits | undefined =>
  caller === undefined ? undefined : edge.limits.of(caller.tenant.policy.tenant);

export function sendJson(exchange: Exchange, answer: WholeAnswer): void {
  const { response } = exchange;
  const headers = replyHeaders(exchange, answer.limits);
  headers.push(
    "content-type",
    answer.mediaType ?? "application/json",
    "content-length",
    String(Buffer.byteLength(answer.text)),
  );
  if (answer.headers !== undefined) headers.push(...answer.headers);
  if (!isBodyOnItsWay(exchange)) {
    // As a string: Node puts it behind the headers in one write, where a buffer would be a second one.
    response.writeHead(answer.status, headers).end(answer.text);
    boundSlowReader(exchange);
    return;
  }
  response.writeHead(answer.status, [...headers, "connection", "close"]).write(answer.text);
  lingerThenClose(exchange);
}

export function sendRefusal(
  exchange: Exchange,
  refusal: Refusal,
  limits: RateLimits | undefined,
): void {
  sendJson(exchange, {
    status: refusalStatus(refusal.code).http,
    text: errorText(refusal),
    limits,
    headers: refusalHeaders(refusal),
  });
}

/** A refusal of the edge's own; those of a session come through its reply. */
export function refuse(exchange: Exchange, refusal: Refusal): void {
  const { edge, requestId, caller } = exchange;
  edge.note("edge.refused", {
    requestId,
    code: refusal.code,
    door: "http",
    ...(caller === undefined ? {} : { tenant: caller.tenant.policy.tenant, key: caller.keyId }),
  });
  sendRefusal(exchange, refusal, undefined);
}

/** `retry-after` for all, `retry-after-ms` and `x-should-retry` for the official clients. */
export function refusalHeaders(refusal: Refusal): string[] {
  const { http, retry } = refusalStatus(refusal.code);
  if (http === 401) return ["www-authenticate", "Bearer", "x-should-retry", "false"];
  if (retry === "never") {
    const later = http === 429 || http === 503 ? retryAfter(refusal.retryAfterMs ?? hourMs) : [];
    return ["x-should-retry", "false", ...later];
  }
  const retryAfterMs = retryAfterMsOf(refusal);
  const isTold = http === 409 || http === 429 || http === 503;
  return retryAfterMs === undefined || !isTold ? [] : retryAfter(retryAfterMs);
}

/** A limit that trying again does not mend, an operator may. */
const hourMs = 3_600_000;

const retryAfter = (ms: number): string[] => [
  "retry-after",
  String(Math.ceil(ms / 1000)),
  "retry-after-ms",
  String(Math.ceil(ms)),
];

/** Small rests are read away by Node and the connection is kept; large ones would be work for nothing. */
const smallBodyBytes = 65_536;
/** Read and thrown away at most, so that a client which writes first can still read our answer. */
const lingerBytesMax = 1_048_576;

function isBodyOnItsWay({ incoming, awaitsContinue }: Exchange): boolean {
  if (incoming.complete) return false;
  if (incoming.headers["transfer-encoding"] !== undefined) return true;
  const bytes = Number(incoming.headers["content-length"] ?? 0);
  return bytes > smallBodyBytes || (awaitsContinue && bytes > 0);
}

/**
 * Closing while unread bytes wait makes the kernel reset the connection, and a reset can overtake our answer.
 * So the answer goes out whole, the client gets a moment to read it, and only then the response ends.
 */
function lingerThenClose({ edge, incoming, response }: Exchange): void {
  let discardedBytes = 0;
  const close = (): void => {
    clearTimeout(timer);
    incoming.off("data", discard);
    response.end();
  };
  const discard = (chunk: Buffer): void => {
    discardedBytes += chunk.length;
    if (discardedBytes > lingerBytesMax) incoming.pause();
  };
  const timer = setTimeout(close, edge.config.closeGraceMs);
  incoming.on("data", discard).once("end", close).once("close", close).resume();
}

/**
 * The reply is whole and its call over; a reader that takes nothing for so long loses the socket. Node sets this
 * socket's timeout anew as soon as the reply is out.
 */
export function boundSlowReader({ edge, incoming }: Exchange): void {
  incoming.socket.setTimeout(edge.config.slowReaderMs);
}

/** Closes the socket once the reply is out, or after the grace if the client does not take it. */
export function closeAfterwards({ edge, incoming: { socket }, response }: Exchange): void {
  const timer = setTimeout(() => socket.destroy(), edge.config.closeGraceMs);
  socket.once("close", () => clearTimeout(timer));
  response.once("finish", () => socket.destroySoon());
}
