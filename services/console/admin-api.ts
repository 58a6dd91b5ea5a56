// The operator's HTTP door, on loopback: what the platform is doing, and the few things one may tell it. Not for
// tenants. A write needs a content type that a foreign page may not send unasked.

import type { IncomingMessage } from "node:http";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError } from "./admin-reply.ts";
import type { AdminPorts, AdminRoute } from "./admin-routes.ts";
import { adminRoutes } from "./admin-routes.ts";
import type { DoorCall, OperatorsDoor } from "./operators-door.ts";
import { notFound, openOperatorsDoor } from "./operators-door.ts";
import { Query } from "./query.ts";

export interface AdminApiOptions {
  readonly ports: AdminPorts;
  /** Host names, beside loopback's, under which it may be called. */
  readonly hostNames?: readonly string[];
  /** Told of a bug in a route; the caller sees `internal`. */
  readonly onFault?: (error: unknown) => void;
}

const bodyBytesMax = 4 * 1024 * 1024;
const writeTypes: ReadonlySet<string> = new Set(["application/json", "application/yaml"]);

/** Listens; port 0 takes any free one. */
export const startAdminApi = (
  { ports, hostNames = [], onFault }: AdminApiOptions,
  place: { readonly host: string; readonly port: number },
): Promise<OperatorsDoor> =>
  openOperatorsDoor({ answer: (call) => answer(call, ports), hostNames, onFault }, place);

async function answer({ incoming, url, method }: DoorCall, ports: AdminPorts): Promise<AdminReply> {
  const { route, id } = findRoute(method, url.pathname);
  const query = new Query(url.searchParams);
  query.refuseOthers(route.parameters ?? []);
  const body = route.method === "GET" ? "" : await readWrite(incoming);
  return route.answer({ ports, query, id, body });
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
    // No id has a control character, and a database may refuse to be asked for one.
    if (id.length <= 200 && !/\p{Cc}/u.test(id)) return id;
  } catch {
    // Not an id of anything.
  }
  throw notFound(path);
}

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
