// For tests: bytes over a socket, with no HTTP client in between to mend or hide anything.

import type { Socket } from "node:net";
import { connect } from "node:net";

export interface RawClient {
  readonly socket: Socket;
  write(bytes: string | Buffer): void;
  received(): string;
  /** Resolves when the received text matches; rejects when the server closes first or the time is up. */
  receives(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Resolves with all that was received once the server has closed. */
  closes(withinMs?: number): Promise<string>;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  let isClosed = false;
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const watcher of watchers) watcher();
  };
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
    tell();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    tell();
  });
  await new Promise<void>((resolve) => {
    socket.once("connect", () => resolve());
  });
  const until = (reached: () => boolean, withinMs: number, what: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        watchers.delete(watcher);
        settle();
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${why} before ${what}; received: ${text.slice(0, 500)}`)));
      const watcher = (): void => {
        if (reached()) finish(() => resolve(text));
        else if (isClosed) fail("closed");
      };
      const timer = setTimeout(() => fail("time is up"), withinMs);
      watchers.add(watcher);
      watcher();
    });
  return {
    socket,
    write: (bytes) => {
      if (socket.writable) socket.write(bytes);
    },
    received: () => text,
    receives: (pattern, withinMs = 3000) =>
      until(() => pattern.test(text), withinMs, String(pattern)),
    closes: (withinMs = 3000) => until(() => isClosed, withinMs, "its end"),
  };
}

/** A request's bytes, `content-length` counted. */
export function post(path: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const lines = [
    `POST ${path} HTTP/1.1`,
    "host: edge",
    "content-type: application/json",
    ...headers,
    `content-length: ${bytes.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes]);
}

export const asAcme = "authorization: Bearer key-acme";

/** Status and parsed body of the last reply in a received text. */
export function lastReply(text: string): { readonly status: number; readonly body: string } {
  const start = text.lastIndexOf("HTTP/1.1 ");
  const bodyAt = text.indexOf("\r\n\r\n", start);
  return { status: Number(text.slice(start + 9, start + 12)), body: text.slice(bodyAt + 4) };
}

/** The payloads of a chunked body, one per chunk. */
export function chunksOf(text: string): readonly string[] {
  const bytes = Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4));
  const chunks: string[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return chunks;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) return chunks;
    chunks.push(bytes.toString("utf8", lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
