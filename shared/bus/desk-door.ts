// The door by which the fleet's edges reach the desks of the registry's process: HTTP with both sides' certificates, one door for
// all desks, each under the first word of its paths. Law: only an edge of the fleet is answered.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Trust } from "#shared/config/trust.ts";

export interface DeskCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The edge sends no body before it is asked for it. */
  readonly isAwaited: boolean;
}

/** What is thrown is told as 503. */
export type DeskAnswers = (call: DeskCall) => Promise<void>;

export interface DeskDoorPorts {
  /** By the first word of a path. Asked for each call: a desk may come later. */
  readonly desks: ReadonlyMap<string, DeskAnswers>;
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
      const url = new URL(request.url ?? "/", "https://desk");
      answer(ports, { request, response, url, isAwaited }).catch((error: unknown) => {
        onFault(error);
        if (response.headersSent) response.destroy();
        else sayTo(response, 503, {});
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

async function answer({ desks }: DeskDoorPorts, call: DeskCall): Promise<void> {
  const { request, response, url } = call;
  const { subject } = (request.socket as TLSSocket).getPeerCertificate();
  if (subject?.CN !== edgeRole) return sayTo(response, 403, {});
  const desk = desks.get(url.pathname.split("/")[1] ?? "");
  return desk === undefined ? sayTo(response, 404, {}) : desk(call);
}

export function sayTo(response: ServerResponse, status: number, said: object): void {
  const text = JSON.stringify(said);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
