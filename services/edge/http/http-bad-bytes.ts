// What is not HTTP, or came too slowly: the parser has given up on the connection, so the answer is written to
// the socket itself and the socket is closed.

import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Edge } from "#services/edge/edge.ts";
import type { Exchange } from "./http-exchange.ts";
import { limitsKnown } from "./http-exchange.ts";
import { malformed } from "#services/edge/generation-request.ts";
import { errorText } from "./openai-format.ts";
import { rateLimitHeaders } from "./rate-limit-headers.ts";
import { refusalStatus } from "#services/edge/refusal-status.ts";
import { newRequestId } from "#services/edge/request-id.ts";

export interface BadBytes {
  readonly error: NodeJS.ErrnoException;
  readonly socket: Duplex;
  /** The request that the socket carried last, if any. */
  readonly exchange: Exchange | undefined;
}

export function answerBadBytes(edge: Edge, { error, socket, exchange }: BadBytes): void {
  const current = exchange?.response.writableFinished === true ? undefined : exchange;
  const isAnswering = current?.response.headersSent === true;
  if (isAnswering || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(error, edge);
  const requestId = current?.requestId ?? newRequestId();
  edge.note("edge.refused", { requestId, code: refusal.code, door: "http" });
  const status = refusalStatus(refusal.code).http;
  const body = errorText(refusal);
  const timer = setTimeout(() => socket.destroy(), edge.config.closeGraceMs);
  socket.once("close", () => clearTimeout(timer)).once("error", () => socket.destroy());
  // Half closed, so that the client can read it before the socket goes.
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-request-id: ${requestId}\r\n${limitLines(current)}connection: close\r\n\r\n${body}`,
  );
}

function limitLines(exchange: Exchange | undefined): string {
  const limits = exchange === undefined ? undefined : limitsKnown(exchange);
  const pairs = limits === undefined ? [] : rateLimitHeaders(limits);
  let lines = "";
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    lines += `${pairs[index]}: ${pairs[index + 1]}\r\n`;
  }
  return lines;
}

function refusalOf({ code }: NodeJS.ErrnoException, { config }: Edge): Refusal {
  switch (code) {
    case "HPE_HEADER_OVERFLOW": {
      const message = `The headers are larger than ${config.headerBytesMax} bytes.`;
      return { code: "headers_too_large", message };
    }
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { code: "request_timeout", message: "The request did not arrive in time." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { code: "body_too_large", message: "The body's chunk extensions are too large." };
    default:
      return malformed("This is not an HTTP request that can be understood.");
  }
}
