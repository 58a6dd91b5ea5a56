// Ports nobody listens on, below those that the system hands out by itself: a server that is down for a moment
// finds its port free when it comes back, even when clients kept dialling it.

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const lowest = 15_000;
const highest = 32_000;
const triesMax = 200;

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries === triesMax) throw new Error(`no ${count} free ports in ${lowest}–${highest}`);
    const port = randomInt(lowest, highest);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
