// A TCP proxy before one server that can go wrong as a network does: for tests.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface FaultyProxy {
  readonly endpoint: string;
  /** Still accept, but pass nothing on, in either direction. */
  blackhole(): void;
  /** Pass on again; what was swallowed is gone, so its connections break. */
  heal(): void;
  /** Break every connection. New ones are welcome. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const [host = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  let isBlackhole = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const server = createServer((client) => {
    keep(client);
    const upstream = connect(Number(port), host);
    keep(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("data", (chunk) => {
        if (!isBlackhole) to.write(chunk);
      });
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blackhole: () => {
      isBlackhole = true;
    },
    heal: () => {
      isBlackhole = false;
      cut();
    },
    cut,
    stop: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
