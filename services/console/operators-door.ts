// The HTTP server behind each of the operator's doors. A page in the operator's browser cannot use it: another host
// name is refused (DNS rebinding), and answers are never taken for something else.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError, errorReply } from "./admin-reply.ts";

export interface OperatorsDoorOptions {
  readonly answer: (call: DoorCall) => AdminReply | Promise<AdminReply>;
  /** Host names, beside loopback's, under which it may be called. */
  readonly hostNames: readonly string[];
  /** Told of a bug in an answer; the caller sees `internal`. */
  readonly onFault: ((error: unknown) => void) | undefined;
}

export interface DoorCall {
  readonly incoming: IncomingMessage;
  readonly url: URL;
  /** `HEAD` is told as `GET`. */
  readonly method: string;
}

export interface OperatorsDoor {
  readonly port: number;
  close(): Promise<void>;
}

const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Listens; port 0 takes any free one. */
export async function openOperatorsDoor(
  options: OperatorsDoorOptions,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<OperatorsDoor> {
  const names = new Set([...loopbackNames, ...options.hostNames]);
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 },
    (incoming, response) => {
      incoming.on("error", () => undefined);
      void reply(incoming, options, names).then((told) => write(response, told));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function reply(
  incoming: IncomingMessage,
  { answer, onFault }: OperatorsDoorOptions,
  names: ReadonlySet<string>,
): Promise<AdminReply> {
  try {
    if (!names.has(hostName(incoming.headers.host ?? ""))) {
      throw new AdminError("forbidden_host", "This host name is not one of the admin API's own.");
    }
    const { method = "" } = incoming;
    const url = parseUrl(incoming.url ?? "");
    return await answer({ incoming, url, method: method === "HEAD" ? "GET" : method });
  } catch (error) {
    if (error instanceof AdminError) return error.reply;
    onFault?.(error);
    return errorReply("internal", "Something here is broken; the log says what.");
  }
}

function hostName(host: string): string {
  const end = host.endsWith("]") ? -1 : host.lastIndexOf(":");
  return (end < 0 ? host : host.slice(0, end)).toLowerCase();
}

function parseUrl(target: string): URL {
  const url = URL.parse(target, "http://admin");
  if (url === null || !target.startsWith("/")) throw notFound(target);
  return url;
}

export const notFound = (path: string): AdminError =>
  new AdminError("not_found", `There is nothing at ${path.slice(0, 200)}.`);

function write(response: ServerResponse, { status, contentType, body }: AdminReply): void {
  // A reader of a refused upload may not have sent it all: the connection is of no more use.
  if (status === 413) response.setHeader("connection", "close");
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
