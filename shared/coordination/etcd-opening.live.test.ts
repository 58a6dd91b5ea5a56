// What a process is told when etcd cannot be used.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { openEtcdCoordination } from "./etcd-coordination.ts";
import { EtcdOpeningError } from "./etcd-opening.ts";

/** Fails unless opening rejects in time with that fault and those words. */
async function rejects(
  endpoints: readonly string[],
  fault: EtcdOpeningError["fault"],
  words: RegExp,
): Promise<void> {
  const beganMs = performance.now();
  await assert.rejects(openEtcdCoordination({ endpoints }), (error) => {
    assert.ok(error instanceof EtcdOpeningError, String(error));
    assert.equal(error.fault, fault, error.message);
    assert.match(error.message, words);
    return true;
  });
  const tookMs = performance.now() - beganMs;
  assert.ok(tookMs < 5_000, `told after ${Math.round(tookMs)} ms`);
}

async function listenTcp(): Promise<{ readonly endpoint: string; stop(): void }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Answers a status question as etcd does, with that version in field 2. */
async function startServerOfVersion(version: string): Promise<{ port: number; stop(): void }> {
  const server = new Server();
  const plain = (bytes: Buffer): Buffer => bytes;
  const status = {
    path: "/etcdserverpb.Maintenance/Status",
    requestStream: false,
    responseStream: false,
    requestSerialize: plain,
    requestDeserialize: plain,
    responseSerialize: plain,
    responseDeserialize: plain,
  };
  const text = Buffer.from(version);
  server.addService(
    { status },
    {
      status: (_question: unknown, answer: (error: null, value: Buffer) => void) =>
        answer(null, Buffer.concat([Buffer.from([0x12, text.length]), text])),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

test("nothing there, and something that accepts and is silent: told within five seconds", async () => {
  const gone = await listenTcp();
  gone.stop();
  const silent = await listenTcp();
  try {
    await Promise.all([
      rejects([gone.endpoint], "unreachable", /does etcd run\? set FAIRLEAD_ETCD_ENDPOINTS/),
      rejects([silent.endpoint], "silent", /accepts connections but does not answer as etcd/),
      rejects([gone.endpoint, silent.endpoint], "silent", new RegExp(silent.endpoint)),
      rejects([], "unreachable", /set FAIRLEAD_ETCD_ENDPOINTS/),
    ]);
  } finally {
    silent.stop();
  }
});

test("a server that is too old is told at once", async () => {
  const server = await startServerOfVersion("3.3.27");
  try {
    await rejects([`127.0.0.1:${server.port}`], "too-old", /version 3\.3\.27.*3\.4 or newer/);
  } finally {
    server.stop();
  }
});
