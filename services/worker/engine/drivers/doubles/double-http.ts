// The HTTP beneath a double of an engine: bodies in, JSON or events out, on loopback.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type JsonObject = Readonly<Record<string, unknown>>;

export function readJson(
  request: IncomingMessage,
  onBody: (body: JsonObject | undefined) => void,
): void {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("error", () => request.destroy());
  request.on("end", () => onBody(parseObject(Buffer.concat(parts).toString("utf8"))));
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;

export const wholeOr = (value: unknown, fallback: number): number =>
  Number.isSafeInteger(value) ? (value as number) : fallback;

export const textOr = (value: unknown, fallback: string): string =>
  typeof value === "string" ? value : fallback;

/** Token ids, or undefined if it is anything else. */
export const asIds = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && id >= 0)
    ? (value as number[])
    : undefined;

export function replyJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export function replyText(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  response.end(text);
}

export const beginEvents = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  response.flushHeaders();
};

export const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
export const doneEvent = "data: [DONE]\n\n";

/** On any free port of loopback; its URL. */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

export const closeServer = (server: Server): Promise<void> =>
  new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
