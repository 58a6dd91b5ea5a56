// The operator's HTTP door, on loopback: what the platform is doing, and the few things one may tell it. Not for
// tenants. A page in the operator's browser cannot use it: another host name is refused (DNS rebinding), and a
// write needs a content type that a foreign page may not send unasked.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError, errorReply } from "./admin-reply.ts";
import type { AdminPorts, AdminRoute } from "./admin-routes.ts";
import { adminRoutes } from "./admin-routes.ts";
import { Query } from "./query.ts";

export interface AdminApiOptions {
  readonly ports: AdminPorts;
  /** Host names, beside loopback's, under which it may be called. */
  readonly hostNames?: readonly string[];
  /** Told of a bug in a route; the caller sees `internal`. */
  readonly onFault?: (error: unknown) => void;
}

export interface AdminApi {
  readonly port: number;
  close(): Promise<void>;
}

const bodyBytesMax = 4 * 1024 * 1024;
const writeTypes: ReadonlySet<string> = new Set(["application/json", "application/yaml"]);
const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Listens; port 0 takes any free one. */
export async function startAdminApi(
  options: AdminApiOptions,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AdminApi> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 },
    adminListener(options),
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

function adminListener({ ports, hostNames = [], onFault }: AdminApiOptions): RequestListener {
  const names = new Set([...loopbackNames, ...hostNames]);
  const reply = async (incoming: IncomingMessage): Promise<AdminReply> => {
    try {
      return await answer(incoming, { ports, names });
    } catch (error) {
      if (error instanceof AdminError) return error.reply;
      onFault?.(error);
      return errorReply("internal", "Something here is broken; the log says what.");
    }
  };
  return (incoming, response) => {
    incoming.on("error", () => undefined);
    void reply(incoming).then((told) => write(response, told));
  };
}

async function answer(
  incoming: IncomingMessage,
  { ports, names }: { readonly ports: AdminPorts; readonly names: ReadonlySet<string> },
): Promise<AdminReply> {
  const { method = "", headers } = incoming;
  if (!names.has(hostName(headers.host ?? ""))) {
    throw new AdminError("forbidden_host", "This host name is not one of the admin API's own.");
  }
  const url = parseUrl(incoming.url ?? "");
  const { route, id } = findRoute(method === "HEAD" ? "GET" : method, url.pathname);
  const query = new Query(url.searchParams);
  query.refuseOthers(route.parameters ?? []);
  const body = route.method === "GET" ? "" : await readWrite(incoming);
  return route.answer({ ports, query, id, body });
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

function findRoute(
  method: string,
  path: string,
): { readonly route: AdminRoute; readonly id: string } {
  const there = adminRoutes.flatMap((route) => {
    const match = route.path.exec(path);
    return match === null ? [] : [{ route, id: decode(match[1] ?? "", path) }];
  });
  const found = there.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  if (there.length === 0) throw notFound(path);
  const methods = there.map(({ route }) => route.method).join(", ");
  throw new AdminError("method_not_allowed", `${path} takes ${methods}, not ${method}.`);
}

function decode(part: string, path: string): string {
  try {
    const id = decodeURIComponent(part);
    if (id.length <= 200) return id;
  } catch {
    // Not an id of anything.
  }
  throw notFound(path);
}

const notFound = (path: string): AdminError =>
  new AdminError("not_found", `There is nothing at ${path.slice(0, 200)}.`);

async function readWrite(incoming: IncomingMessage): Promise<string> {
  const [type = ""] = (incoming.headers["content-type"] ?? "").split(";");
  if (!writeTypes.has(type.trim().toLowerCase())) {
    throw new AdminError(
      "unsupported_media_type",
      `A write needs Content-Type ${[...writeTypes].join(" or ")}.`,
    );
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) {
      throw new AdminError("body_too_large", `A body may have ${bodyBytesMax} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

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
