import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo, Server as TcpServer, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { Client, credentials, Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { fairlead } from "#proto/dataplane.js";
import { createWorkerStreams } from "./grpc-worker-streams.ts";
import type { WorkerStreams } from "./grpc-worker-streams.ts";
import { startEdgeStreams } from "#services/worker/data-plane/grpc-edge-streams.ts";
import type { EdgeStreams } from "#services/worker/data-plane/grpc-edge-streams.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { dataPlaneVersion, laneOf } from "#shared/bus/data-plane.ts";
import type { Trust } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { sessionAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, EdgeId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";

const edge = "edge-1" as EdgeId;
const worker = "w1" as WorkerId;
const at = workerAddress(worker);
const { FromEdge, FromWorker } = fairlead.dataplane.v1;

interface Delivery {
  readonly from: Address;
  readonly to: Address;
  readonly message: { readonly kind: string; readonly [field: string]: unknown };
  readonly atMs: number;
}

/** A host that keeps what is delivered. */
class Ear {
  readonly heard: Delivery[] = [];
  readonly notes: NoteRecord[] = [];
  nowMs = (): number => performance.now();
  onNote = (record: NoteRecord): void => void this.notes.push(record);
  deliver = (from: Address, to: Address, message: unknown): "accepted" => {
    this.heard.push({ from, to, message: message as Delivery["message"], atMs: this.nowMs() });
    return "accepted";
  };
  of(kind: string): readonly Delivery[] {
    return this.heard.filter(({ message }) => message.kind === kind);
  }
  said(event: string): readonly NoteRecord[] {
    return this.notes.filter((record) => record.event === event);
  }
}

async function until(holds: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!holds()) {
    assert.ok(performance.now() < endMs, `waited ${timeoutMs} ms for: ${what}`);
    await sleep(2);
  }
}

interface Trusts {
  readonly edge: Trust;
  readonly worker: Trust;
}

interface Stage {
  readonly lanes?: number;
  readonly trusts?: Trusts;
}

const workersAt = async (ear: Ear, trust?: Trust, port = 0): Promise<EdgeStreams> =>
  startEdgeStreams({
    host: ear,
    workers: [worker],
    hostname: "127.0.0.1",
    port,
    onNote: ear.onNote,
    ...(trust === undefined ? {} : { trust }),
  });

function edgeOf(context: TestContext, ear: Ear, { lanes, trusts }: Stage = {}): WorkerStreams {
  const streams = createWorkerStreams({
    host: ear,
    edge,
    onNote: ear.onNote,
    ...(lanes === undefined ? {} : { lanes }),
    ...(trusts === undefined ? {} : { trust: trusts.edge }),
  });
  context.after(() => streams.stop());
  return streams;
}

const registered = (port: number, incarnation = 7) => [
  { worker, incarnation, dataPlane: `127.0.0.1:${port}` },
];

const startOf = (requestId: string, promptBytes = Buffer.from("hello")): Start => ({
  kind: "start",
  requestId: requestId as RequestId,
  attempt: 1,
  incarnation: 7,
  shard: 1,
  shardEpoch: 2 ** 40,
  poolEpoch: 3,
  tenant: "acme" as TenantId,
  weight: 1.5,
  namespace: "n",
  adapterDigest: "" as AdapterDigest,
  promptBytes: Uint8Array.from(promptBytes),
  promptDigest: "d",
  promptTokens: 2,
  forcedPrefix: [1, 0xffffffff],
  outputTokensMax: 16,
  outputTokensMin: 0,
  ignoreEos: false,
  sampling: { temperature: 0.7, seed: 2 ** 50 },
  outputTokensGranted: 16,
});

const sessionOf = (requestId: string): Address => sessionAddress(edge, requestId as RequestId);

/** Both ends, connected. */
async function open(context: TestContext, stage: Stage = {}) {
  const [edgeEar, workerEar] = [new Ear(), new Ear()];
  const workers = await workersAt(workerEar, stage.trusts?.worker);
  context.after(() => workers.close());
  const streams = edgeOf(context, edgeEar, stage);
  streams.setWorkers(registered(workers.port));
  const lanes = stage.lanes ?? 2;
  await until(() => edgeEar.said("data-plane.open").length === lanes, "open lanes");
  const start = async (...ids: readonly string[]): Promise<void> => {
    const before = workerEar.heard.length;
    for (const id of ids) streams.carry(sessionOf(id), at, startOf(id));
    await until(() => workerEar.heard.length === before + ids.length, "starts");
  };
  return { edgeEar, workerEar, workers, streams, start };
}

const tokensOf = (requestId: string, firstIndex: number) =>
  ({ kind: "tokens", requestId, attempt: 1, firstIndex, tokens: [firstIndex] }) as const;

test("what is carried arrives as it went, both ways, and in order per session", async (context) => {
  const { edgeEar, workerEar, workers, streams } = await open(context);
  const about = { requestId: "r1", attempt: 1 };
  const asked = [
    startOf("r1"),
    { kind: "ack", ...about, nextIndex: 32, isBehind: true },
    { kind: "cancel", ...about },
  ];
  for (const message of asked)
    assert.equal(streams.carry(sessionOf("r1"), at, message), "accepted");
  await until(() => workerEar.heard.length === 3, "commands");
  assert.deepEqual(
    workerEar.heard.map(({ message }) => message),
    asked,
  );
  assert.deepEqual([workerEar.heard[0]?.from, workerEar.heard[0]?.to], [sessionOf("r1"), at]);
  const told = [
    { kind: "started", ...about, worker, incarnation: 7, workerType: "t", zone: "z" },
    ...Array.from({ length: 20 }, (_, index) => tokensOf("r1", index)),
    { kind: "alive", ...about, outputTokens: 20 },
  ];
  for (const message of told) workers.carry(at, sessionOf("r1"), message);
  await until(() => edgeEar.heard.length === told.length, "events");
  assert.deepEqual(
    edgeEar.heard.map(({ message }) => message),
    told,
  );
});

test("a prompt of nine megabytes passes, and one that no message may hold is refused at once", async (context) => {
  const { edgeEar, workerEar, streams } = await open(context);
  streams.carry(sessionOf("r1"), at, startOf("r1", Buffer.alloc(9_000_000, 97)));
  await until(() => workerEar.heard.length === 1, "the start");
  const [came] = workerEar.heard;
  const prompt = came?.message["promptBytes"];
  assert.equal(prompt instanceof Uint8Array ? prompt.length : 0, 9_000_000);
  streams.carry(sessionOf("r2"), at, startOf("r2", Buffer.alloc(25 * 1_048_576)));
  await until(() => edgeEar.heard.length === 1, "the refusal");
  assert.deepEqual(edgeEar.heard[0]?.message, {
    kind: "start-refused",
    requestId: "r2",
    attempt: 1,
    reason: "no-capacity",
    retryable: false,
  });
});

for (const lanes of [1, 2]) {
  test(`a step of 100 sequences is one frame for each of ${lanes} lanes, whatever they say`, async (context) => {
    const { edgeEar, workers, start } = await open(context, { lanes });
    const ids = Array.from({ length: 100 }, (_, index) => `r${index}`);
    await start(...ids);
    const before = workers.frames();
    for (let step = 0; step < 50; step++) {
      for (const id of ids) workers.carry(at, sessionOf(id), tokensOf(id, step));
      await until(() => edgeEar.heard.length === 100 * (step + 1), "a step");
    }
    assert.equal(workers.frames() - before, 50 * lanes);
  });
}

test("the sessions of a worker whose process is gone are told at once, once each, and not those that ended", async (context) => {
  const { edgeEar, workers, start } = await open(context);
  await start("r1", "r2", "r3", "r4");
  const totals = { prefillTokens: 1, cachedTokens: 0, outputTokens: 1, kvBlockMs: 0.5, gpuUs: 1 };
  const end = { reason: "stop", totals: { ...totals, prefillMs: 1, decodeMs: 1, preemptions: 0 } };
  workers.carry(at, sessionOf("r4"), { ...tokensOf("r4", 0), end });
  await until(() => edgeEar.of("tokens").length === 1, "the end");
  const closedAtMs = performance.now();
  await workers.close();
  await until(() => edgeEar.of("worker-lost").length === 3, "three losses");
  const lost = edgeEar.of("worker-lost");
  assert.ok((lost[0]?.atMs ?? Infinity) - closedAtMs < 200);
  assert.deepEqual(lost[0]?.message, { kind: "worker-lost", worker, incarnation: 7 });
  await sleep(300);
  assert.deepEqual(
    edgeEar
      .of("worker-lost")
      .map(({ to }) => to)
      .toSorted(),
    ["r1", "r2", "r3"].map(sessionOf),
  );
});

test("who starts where no lane is open hears so at once; a restarted worker is reached again under its new incarnation", async (context) => {
  const { edgeEar, workers, streams } = await open(context);
  await workers.close();
  await until(() => edgeEar.said("data-plane.lost").length > 0, "the loss");
  await sleep(20);
  const askedAtMs = performance.now();
  streams.carry(sessionOf("r1"), at, startOf("r1"));
  assert.equal(edgeEar.of("worker-lost").length, 0, "not within the turn that asked");
  await until(() => edgeEar.of("worker-lost").length === 1, "the news");
  assert.ok(performance.now() - askedAtMs < 100);
  const ear = new Ear();
  const again = await workersAt(ear, undefined, workers.port);
  context.after(() => again.close());
  streams.setWorkers(registered(again.port, 8));
  // Held while the lane opens for the first time.
  streams.carry(sessionOf("r2"), at, { ...startOf("r2"), incarnation: 8 });
  await until(() => ear.of("start").length === 1, "the start at the new life");
  streams.setWorkers([]);
  await until(() => edgeEar.of("worker-lost").length === 2, "the end of its registration");
  assert.deepEqual(edgeEar.of("worker-lost")[1]?.message, {
    kind: "worker-lost",
    worker,
    incarnation: 8,
  });
  streams.carry(sessionOf("r3"), at, startOf("r3"));
  await until(() => edgeEar.of("worker-lost").length === 3, "an unregistered worker");
});

/** Passes bytes on until it is frozen: the sockets stay, and nothing comes. */
async function startProxy(context: TestContext, port: number) {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far);
    far.pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await until(() => server.listening, "the proxy");
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    sockets,
  };
}

test("a worker that falls silent is lost after 2.5 s; it gives up the edge, and holds little for it meanwhile", async (context) => {
  const [edgeEar, workerEar] = [new Ear(), new Ear()];
  const workers = await workersAt(workerEar);
  context.after(() => workers.close());
  const proxy = await startProxy(context, workers.port);
  const streams = edgeOf(context, edgeEar);
  streams.setWorkers(registered(proxy.port));
  await until(() => edgeEar.said("data-plane.open").length === 2, "open lanes");
  // Alive for longer than silence may last, by heartbeats alone.
  await sleep(2_800);
  assert.equal(edgeEar.said("data-plane.lost").length, 0);
  streams.carry(sessionOf("r1"), at, startOf("r1"));
  await until(() => workerEar.of("start").length === 1, "the start");
  proxy.freeze();
  const frozenAtMs = performance.now();
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const tokens = Array.from({ length: 200 }, (_, index) => index);
  const pouring = setInterval(() => {
    for (let each = 0; each < 200; each++) {
      workers.carry(at, sessionOf("r1"), { ...tokensOf("r1", 0), tokens });
    }
  }, 1);
  await until(() => edgeEar.of("worker-lost").length === 1, "the loss", 4_000);
  clearInterval(pouring);
  const silentMs = performance.now() - frozenAtMs;
  assert.ok(silentMs > 1_900 && silentMs < 3_000, `after ${silentMs} ms`);
  const grownMiB = (process.memoryUsage().rss - before) / 1_048_576;
  assert.ok(grownMiB < 150, `grew by ${grownMiB} MiB`);
  const ended = workerEar.said("data-plane.ended");
  assert.ok(ended.some(({ fields }) => fields["why"] === "the edge takes too little"));
});

test("who accepts a connection and never answers is noticed within 2.5 s, again and again, at the price of a socket a try", async (context) => {
  const sockets = new Set<Socket>();
  const mute = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.resume();
  });
  mute.listen(0, "127.0.0.1");
  await until(() => mute.listening, "the mute server");
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  const ear = new Ear();
  const streams = edgeOf(context, ear);
  streams.setWorkers(registered((mute.address() as AddressInfo).port));
  const askedAtMs = performance.now();
  streams.carry(sessionOf("r1"), at, startOf("r1"));
  await until(() => ear.of("worker-lost").length === 1, "the loss", 4_000);
  assert.ok(performance.now() - askedAtMs < 2_500);
  const [lost] = ear.said("data-plane.lost");
  assert.match(String(lost?.fields["why"]), /nothing answers at 127\.0\.0\.1:\d+: does it serve/);
  await until(() => ear.said("data-plane.lost").length >= 4, "a second time", 4_000);
  // What grpc-js is still connecting it does not let go of: one a try, until the peer does, whose registration ends soon.
  const tries = 2 + ear.said("data-plane.lost").length;
  assert.ok(sockets.size <= tries, `${sockets.size} sockets after ${tries} tries`);
});

const asBytes = (bytes: Buffer): Buffer => bytes;
const exchange = "/fairlead.dataplane.v1.DataPlane/Exchange";

/** A caller that says whatever it likes; resolves to the status it gets. */
function callRaw(port: number, messages: readonly Uint8Array[]) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = client.makeBidiStreamRequest(exchange, asBytes, asBytes, new Metadata());
  call.on("data", () => undefined);
  for (const bytes of messages) call.write(Buffer.from(bytes));
  return new Promise<{ readonly code: number; readonly details: string }>((resolve) => {
    call.on("error", (error: Error) => {
      client.close();
      resolve(error as Error & { readonly code: number; readonly details: string });
    });
  });
}

const hello = (fields: object): Uint8Array =>
  FromEdge.encode({
    hello: {
      protocolVersion: dataPlaneVersion,
      edge: "stranger",
      worker,
      incarnation: 7,
      lane: 0,
      lanes: 1,
      ...fields,
    },
  }).finish();

test("a wrong hello, a foreign version and bad bytes end that stream alone, with the reason", async (context) => {
  const { edgeEar, workers, start } = await open(context);
  await start("r1");
  const foreign = await callRaw(workers.port, [hello({ protocolVersion: 9 })]);
  assert.deepEqual(
    [foreign.code, foreign.details],
    [9, "the edge speaks data plane protocol 9, this worker 1"],
  );
  const elsewhere = await callRaw(workers.port, [hello({ worker: "w9" })]);
  assert.deepEqual([elsewhere.code, elsewhere.details], [5, "no worker w9 lives here"]);
  const nameless = await callRaw(workers.port, [hello({ edge: "a/b" })]);
  assert.equal(nameless.code, 3);
  const bad = await callRaw(workers.port, [hello({}), Uint8Array.of(0x12, 0xff, 0xff)]);
  assert.deepEqual([bad.code, bad.details], [3, "malformed bytes"]);
  const late = await callRaw(workers.port, [FromEdge.encode({ commands: {} }).finish()]);
  assert.deepEqual([late.code, late.details], [3, "no hello"]);
  workers.carry(at, sessionOf("r1"), tokensOf("r1", 0));
  await until(() => edgeEar.of("tokens").length === 1, "the other edge's token");
  assert.equal(edgeEar.said("data-plane.lost").length, 0);
});

/** A worker that says whatever it likes after the first bytes. */
async function startRaw(context: TestContext, answer: readonly Uint8Array[]): Promise<number> {
  const server = new Server();
  const service: ServiceDefinition = {
    Exchange: {
      path: exchange,
      requestStream: true,
      responseStream: true,
      requestSerialize: asBytes,
      requestDeserialize: asBytes,
      responseSerialize: asBytes,
      responseDeserialize: asBytes,
    },
  };
  server.addService(service, {
    Exchange: (call: { once(event: string, heard: () => void): void; write(b: Buffer): void }) =>
      call.once("data", () => {
        for (const bytes of answer) call.write(Buffer.from(bytes));
      }),
  });
  context.after(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

test("a worker of a foreign version or with bad bytes is lost, and both versions are named", async (context) => {
  const answer = { worker, edge, lane: 0 };
  const foreign = { hello: { ...answer, protocolVersion: 9 } };
  const ours = { hello: { ...answer, protocolVersion: dataPlaneVersion } };
  for (const [answers, why] of [
    [[FromWorker.encode(foreign).finish()], "the worker speaks data plane protocol 9, this edge 1"],
    [[FromWorker.encode(ours).finish(), Uint8Array.of(0x12, 0xff)], "malformed bytes"],
    [[FromWorker.encode({ heartbeat: {} }).finish()], "no hello"],
  ] as const) {
    const ear = new Ear();
    const streams = edgeOf(context, ear, { lanes: 1 });
    streams.setWorkers(registered(await startRaw(context, answers)));
    streams.carry(sessionOf("r1"), at, startOf("r1"));
    await until(() => ear.of("worker-lost").length === 1, why);
    assert.equal(ear.said("data-plane.lost")[0]?.fields["why"], why);
    streams.stop();
  }
});

test("who answers pings and says nothing is silent all the same, at either end", async (context) => {
  const [ear, workerEar] = [new Ear(), new Ear()];
  const workers = await workersAt(workerEar);
  context.after(() => workers.close());
  const answer = { protocolVersion: dataPlaneVersion, worker, edge, lane: 0 };
  const port = await startRaw(context, [FromWorker.encode({ hello: answer }).finish()]);
  const streams = edgeOf(context, ear, { lanes: 1 });
  streams.setWorkers(registered(port));
  streams.carry(sessionOf("r1"), at, startOf("r1"));
  const askedAtMs = performance.now();
  const [status] = await Promise.all([
    callRaw(workers.port, [hello({})]),
    until(() => ear.of("worker-lost").length === 1, "the loss"),
  ]);
  const silentMs = (ear.of("worker-lost")[0]?.atMs ?? 0) - askedAtMs;
  assert.ok(silentMs > 2_400 && silentMs < 3_000, `after ${silentMs} ms`);
  assert.equal(ear.said("data-plane.lost")[0]?.fields["why"], "silent");
  assert.deepEqual([status.code, status.details], [4, "silent for 2500 ms"]);
  assert.equal((await callRaw(workers.port, [])).details, "no hello within 2000 ms");
});

test("toward a worker that takes nothing no more than a bound is held: the next prompt goes elsewhere at once", async (context) => {
  const [edgeEar, workerEar] = [new Ear(), new Ear()];
  const workers = await workersAt(workerEar);
  context.after(() => workers.close());
  const proxy = await startProxy(context, workers.port);
  const streams = edgeOf(context, edgeEar, { lanes: 1 });
  streams.setWorkers(registered(proxy.port));
  await until(() => edgeEar.said("data-plane.open").length === 1, "an open lane");
  proxy.freeze();
  const prompt = Buffer.alloc(9_000_000);
  for (const id of ["r1", "r2", "r3", "r4", "r5"]) {
    streams.carry(sessionOf(id), at, startOf(id, prompt));
  }
  await until(() => edgeEar.of("worker-lost").length === 2, "those without room", 500);
  assert.deepEqual(
    edgeEar.of("worker-lost").map(({ to }) => to),
    [sessionOf("r4"), sessionOf("r5")],
  );
  assert.equal(edgeEar.said("data-plane.not-carried")[0]?.fields["why"], "its lane is full");
});

test("over TLS both ends are who their certificates say, or nothing opens", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-data-plane-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const authority = createFleetAuthority(join(folder, "ca"));
  const foreign = createFleetAuthority(join(folder, "foreign"));
  const trustOf = (role: "edge" | "worker" | "control", process: string): Trust =>
    readTrust(authority.issue(role, process));
  const good = { edge: trustOf("edge", edge), worker: trustOf("worker", "worker-1") };
  const { edgeEar, workers, workerEar, start } = await open(context, { trusts: good });
  await start("r1");
  workers.carry(at, sessionOf("r1"), tokensOf("r1", 0));
  await until(() => edgeEar.of("tokens").length === 1, "a token over TLS");
  const refusedAs = async (trust: Trust, port: number): Promise<string> => {
    const ear = new Ear();
    const streams = edgeOf(context, ear, { lanes: 1, trusts: { ...good, edge: trust } });
    streams.setWorkers(registered(port));
    await until(() => ear.said("data-plane.lost").length > 0, "a refusal");
    streams.stop();
    assert.equal(ear.said("data-plane.open").length, 0);
    return String(ear.said("data-plane.lost")[0]?.fields["why"]);
  };
  const denied = /^7 PERMISSION_DENIED: a certificate of \S+ may not speak as edge\/edge-1$/;
  assert.match(await refusedAs(trustOf("control", "control-1"), workers.port), denied);
  assert.match(await refusedAs(trustOf("edge", "edge-2"), workers.port), denied);
  assert.ok(
    workerEar
      .said("data-plane.refused")
      .some(({ fields }) => /control/.test(String(fields["why"]))),
  );
  const stranger = readTrust(foreign.issue("edge", edge));
  await refusedAs({ ...stranger, ca: good.edge.ca }, workers.port);
  const impostor = await workersAt(new Ear(), trustOf("control", "control-1"));
  context.after(() => impostor.close());
  assert.match(await refusedAs(good.edge, impostor.port), /certificate .* is of control/);
});

test("a taken port is a clear fault", async (context) => {
  const workers = await workersAt(new Ear());
  context.after(() => workers.close());
  await assert.rejects(
    workersAt(new Ear(), undefined, workers.port),
    /the data plane cannot listen at .*EADDRINUSE/,
  );
});

test("a request's lane is the same at both ends, and lanes share the load", () => {
  const lanes = Array.from({ length: 1_000 }, (_, index) => laneOf(`request-${index}`, 2));
  const first = lanes.filter((lane) => lane === 0).length;
  assert.ok(first > 400 && first < 600, `${first} of 1000`);
});
