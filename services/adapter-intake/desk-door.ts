// The door by which the fleet's edges reach whoever takes adapters in: HTTP with both sides' certificates, the body judged while
// it comes. Law: only an edge of the fleet is answered, and nobody's word but the desired state's says what a tenant may.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Trust } from "#shared/config/trust.ts";
import type { AdapterDesk } from "#shared/model/adapter-desk.ts";
import type { Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { ToldEnd, ToldNotBegun } from "./desk-words.ts";
import { adaptersPath, readUploadPath, uploadsPath } from "./desk-words.ts";

export interface DeskDoorPorts {
  readonly desk: AdapterDesk;
  readonly fleet: () => Fleet;
  readonly trust: Trust;
  readonly onFault: (error: unknown) => void;
}

export interface DeskDoor {
  readonly port: number;
  close(): Promise<void>;
}

const edgeRole = "edge";
const connectionsMax = 512;
/** Nothing comes or goes: beyond what an object store takes for the largest file. */
const idleMs = 600_000;

export async function startDeskDoor(
  ports: DeskDoorPorts,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<DeskDoor> {
  const { trust, onFault } = ports;
  const server = createServer({
    ...trust,
    requestCert: true,
    rejectUnauthorized: true,
    // An upload takes as long as its edge lets its client take.
    requestTimeout: 0,
  });
  server.maxConnections = connectionsMax;
  server.setTimeout(idleMs);
  const answerTo =
    (isAwaited: boolean) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      response.on("error", () => {});
      answer(ports, { request, response, isAwaited }).catch((error: unknown) => {
        onFault(error);
        if (response.headersSent) response.destroy();
        else send(response, 503, {});
      });
    };
  server.on("request", answerTo(false));
  server.on("checkContinue", answerTo(true));
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface DeskCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The edge sends no body before it is asked for it. */
  readonly isAwaited: boolean;
}

async function answer(ports: DeskDoorPorts, call: DeskCall): Promise<void> {
  const { request, response } = call;
  const { subject } = (request.socket as TLSSocket).getPeerCertificate();
  if (subject?.CN !== edgeRole) return send(response, 403, {});
  const url = new URL(request.url ?? "/", "https://desk");
  if (request.method === "POST" && url.pathname === uploadsPath) return upload(ports, call, url);
  if (!url.pathname.startsWith(`${adaptersPath}/`)) return send(response, 404, {});
  const tenant = url.searchParams.get("tenant") ?? "";
  const name = decodeURIComponent(url.pathname.slice(adaptersPath.length + 1));
  const { desk } = ports;
  if (request.method === "DELETE") {
    return send(response, 200, { isRemoved: await desk.remove(tenant, name) });
  }
  if (name === "") return send(response, 200, { adapters: await desk.list(tenant) });
  const adapter = await desk.find(tenant, name);
  send(response, 200, adapter === undefined ? {} : { adapter });
}

async function upload(
  { desk, fleet }: DeskDoorPorts,
  { request, response, isAwaited }: DeskCall,
  url: URL,
): Promise<void> {
  const wish = readUploadPath(url);
  if (wish === undefined || !isAwaited) return send(response, 400, {});
  const known = lookUp(fleet(), wish);
  // Its edge knows a newer desired state, or an older one: soon both know the same.
  if (known === undefined) return send(response, 503, {});
  const begun = await desk.begin({ ...known, name: wish.name, alpha: wish.alpha });
  if (typeof begun === "string" || "retryAfterMs" in begun) {
    const told: ToldNotBegun = { notBegun: begun };
    return send(response, 409, told);
  }
  response.writeContinue();
  // Whoever reads no further leaves the socket open: the answer goes there.
  const end = await begun.take(request.iterator({ destroyOnReturn: false }));
  if (end.kind === "cut-off") {
    request.destroy();
    return;
  }
  send(response, 200, toldEnd(end));
  // What is wrong is known before the last byte: its edge reads the answer and leaves.
  request.resume();
}

/** A flaw is an error, of which nothing would be written that is not named. */
function toldEnd(end: ToldEnd): ToldEnd {
  if (end.kind !== "flawed") return end;
  const { code, kind, message, at } = end.flaw;
  return { kind: "flawed", flaw: { code, kind, message, at } };
}

function lookUp(
  { tenants, models }: Fleet,
  wish: { readonly tenant: string; readonly model: string },
): { readonly tenant: Tenant; readonly model: Model } | undefined {
  const tenant = tenants.find(({ policy }) => policy.tenant === wish.tenant);
  const model = models.find(({ id }) => id === wish.model);
  return tenant === undefined || model === undefined ? undefined : { tenant, model };
}

function send(response: ServerResponse, status: number, said: object): void {
  const text = JSON.stringify(said);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
