// Real sessions and a real worker with its engine on two hosts, only tokens between them: the queue, the router and the
// rest are played, each by its first answer.

import assert from "node:assert/strict";
import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createWorkerStreams } from "./grpc-worker-streams.ts";
import type { RegisteredWorker } from "./grpc-worker-streams.ts";
import { createSession } from "#services/edge/session/session.actor.ts";
import { startEdgeStreams } from "#services/worker/data-plane/grpc-edge-streams.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { createWorker } from "#services/worker/worker.actor.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { FleetHost } from "#shared/actor/fleet-host.ts";
import { createFleetHost } from "#shared/actor/fleet-host.ts";
import {
  clientAddress,
  meterAddress,
  sessionAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { Open } from "#shared/messages/open-request.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ResumeStream } from "#shared/messages/open-request.ts";
import type {
  AdapterDigest,
  EdgeId,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
  WorkerId,
} from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";

const edge = "edge-1" as EdgeId;
const prompt = Buffer.from("a prompt");
const promptDigest = createHash("sha256").update(prompt).digest("hex");
const tenant = "acme" as TenantId;
const outputTokens = 200;

const nowhere = (): "accepted" => "accepted";
const noOwners = { onOwned: nowhere, onDisowned: nowhere };

const limits = {
  requestsLimit: 1,
  requestsRemaining: 1,
  requestsResetMs: 0,
  tokensLimit: 1,
  tokensRemaining: 1,
  tokensResetMs: 0,
};

/** One worker process: its worker, its engine, its port. */
async function startWorkerHost(worker: WorkerId, incarnation: number) {
  const host: FleetHost = createFleetHost({
    hears: [workerAddress(worker), `engine/${worker}`],
    carry: (from, to, message) =>
      to.startsWith("session/") ? streams.carry(from, to, message) : "accepted",
    ...noOwners,
  });
  host.register(
    createWorker(
      { pool: "p" as PoolId, host: "h" as WorkerHostId, zone: "a" },
      meterAddress("p"),
      onlyQuad,
    ),
  );
  host.register(
    createSimulatedEngine({
      kind: "simulated",
      profile: "llama3_8b/tp1/bfloat16",
      gpus: 1,
      kvBlocks: 10_000,
      kvBlockTokens: 16,
      sequencesMax: 64,
      stepTokensMax: 2048,
      adapterSlots: 1,
      timeScale: 1,
    }),
  );
  const streams = await startEdgeStreams({
    host,
    workers: [worker],
    hostname: "127.0.0.1",
    port: 0,
    onNote: nowhere,
  });
  host.send("outside" as Address, `engine/${worker}` as Address, { kind: "boot" });
  host.send("outside" as Address, workerAddress(worker), { kind: "placed", incarnation });
  return {
    registration: { worker, incarnation, dataPlane: `127.0.0.1:${streams.port}` },
    host,
    stop: async () => {
      host.stop();
      await streams.close();
    },
  };
}

/** An edge whose queue grants whoever asks the first worker of the list. */
function startEdgeHost(context: TestContext, list: RegisteredWorker[]) {
  const told = new Map<string, ToClient[]>();
  const host: FleetHost = createFleetHost({
    hears: ["session", "client", "tenant-queue", "meter", "session-directory"],
    carry: (from, to, message) => streams.carry(from, to, message),
    ...noOwners,
  });
  const streams = createWorkerStreams({ host, edge, onNote: nowhere });
  context.after(() => {
    streams.stop();
    host.stop();
  });
  host.register(createSession(onlyQuad));
  host.attach("client", (to, _, message) => {
    const messages = told.get(to) ?? [];
    told.set(to, messages);
    messages.push(message as ToClient);
  });
  host.attach("meter", nowhere);
  host.attach("session-directory", (directory, from, message) => {
    const { kind, shardEpoch } = message as { readonly kind: string; readonly shardEpoch: number };
    if (kind !== "session-admitted") return;
    host.send(directory, from, { kind: "admission-noted", shardEpoch });
  });
  host.attach("tenant-queue", (queue, from, message) => {
    const { kind, requestId, attempt } = message as {
      readonly kind: string;
      readonly requestId: RequestId;
      readonly attempt: number;
    };
    if (kind === "finished") host.send(queue, from, { kind: "settled", requestId });
    const [place] = list;
    if (kind === "locate" && place !== undefined) {
      const ranOn = { attempt: 1, worker: place.worker, incarnation: place.incarnation };
      host.send(queue, from, { kind: "located", requestId, isKnown: true, ranOn });
    }
    if (kind !== "submit" || place === undefined) return;
    const { worker, incarnation } = place;
    const grant = { requestId, attempt, shardEpoch: 1 };
    host.send(queue, from, { kind: "queued", ...grant, limits });
    const granted = { kind: "granted", ...grant, worker, incarnation, poolEpoch: 1, weight: 1 };
    host.send(queue, from, granted);
  });
  streams.setWorkers(list);
  return { host, told, streams };
}

const openOf = (requestId: RequestId): Open => ({
  kind: "open",
  requestId,
  edge,
  meter: "meter/m" as Address,
  tenant,
  shard: 1,
  pool: "p" as PoolId,
  model: "m",
  modelVersion: "1",
  adapterDigest: "" as AdapterDigest,
  namespace: "n",
  promptBytes: Uint8Array.from(prompt),
  promptDigest,
  promptTokens: 2,
  outputTokensMax: outputTokens,
  outputTokensMin: 0,
  ignoreEos: true,
  stopStrings: [],
  sampling: {},
  timeoutMs: 30_000,
  arrivedAtEpochMs: 0,
});

const oracle = oracleFor({ tenant, adapterDigest: "" as AdapterDigest, promptDigest });
const legalText = Array.from({ length: outputTokens }, (_, index) => {
  const token = Buffer.alloc(4);
  token.writeUInt32LE(oracleToken(oracle, index));
  return token.toString();
}).join("");

const textOf = (messages: readonly ToClient[] = []): string =>
  messages.map((message) => (message.kind === "output" ? message.text : "")).join("");

const isOver = (messages: readonly ToClient[] = []): boolean =>
  messages.some(({ kind }) => kind === "completed" || kind === "failed");

async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!holds()) {
    assert.ok(performance.now() < endMs, `waited for: ${what}`);
    await sleep(5);
  }
}

function openCalls(host: FleetHost, count: number): readonly Address[] {
  return Array.from({ length: count }, (_, index) => {
    const requestId = createHash("md5").update(`${index}`).digest("hex") as RequestId;
    const client = clientAddress(edge, requestId);
    host.send(client, sessionAddress(edge, requestId), openOf(requestId));
    return client;
  });
}

test("twenty requests run over the wire, and each client reads the oracle's text once", async (context) => {
  const workers = await startWorkerHost("w1" as WorkerId, 1);
  context.after(() => workers.stop());
  const { host, told } = startEdgeHost(context, [workers.registration]);
  const clients = openCalls(host, 20);
  await until(() => clients.every((client) => isOver(told.get(client))), "every end");
  for (const client of clients) assert.equal(textOf(told.get(client)), legalText);
});

test("a stream that another session takes over on the way goes on there, over the same wire", async (context) => {
  const workers = await startWorkerHost("w1" as WorkerId, 1);
  context.after(() => workers.stop());
  const { host, told } = startEdgeHost(context, [workers.registration]);
  const clients = openCalls(host, 8);
  await until(() => clients.every((client) => textOf(told.get(client)).length > 100), "tokens");
  const readers = clients.map((client, index) => {
    const own = `${index}`.repeat(32) as RequestId;
    const requestId = client.slice(client.lastIndexOf("/") + 1) as RequestId;
    const stream = { requestId, edge, meter: "meter/m" as Address, tenant, shard: 1 };
    const resume = {
      kind: "resume",
      ...stream,
      after: 9,
      timeoutMs: 30_000,
    } satisfies ResumeStream;
    host.send(clientAddress(edge, own), sessionAddress(edge, own), resume);
    return clientAddress(edge, own);
  });
  await until(() => readers.every((reader) => isOver(told.get(reader))), "every end");
  for (const reader of readers) assert.equal(textOf(told.get(reader)), legalText.slice(4 * 10));
  for (const client of clients) {
    const last = told.get(client)?.at(-1);
    assert.ok(last?.kind === "failed" && last.refusal.code === "stream_resumed_elsewhere");
    assert.ok(legalText.startsWith(textOf(told.get(client))));
  }
});

test("a worker process that dies mid-stream: its sessions go on elsewhere within moments, and no token is lost or repeated", async (context) => {
  const [first, second] = [
    await startWorkerHost("w1" as WorkerId, 1),
    await startWorkerHost("w2" as WorkerId, 1),
  ];
  context.after(() => second.stop());
  const list = [first.registration];
  const { host, told, streams } = startEdgeHost(context, list);
  const clients = openCalls(host, 20);
  const isFlowing = (address: Address): boolean => textOf(told.get(address)).length > 100;
  await until(() => clients.every(isFlowing), "tokens for all");
  assert.ok(clients.every((client) => !isOver(told.get(client))));
  list.unshift(second.registration);
  streams.setWorkers(list);
  const lengths = clients.map((client) => textOf(told.get(client)).length);
  const diedAtMs = performance.now();
  await first.stop();
  const goesOn = (client: Address, index: number): boolean =>
    textOf(told.get(client)).length > (lengths[index] ?? 0) + 100;
  await until(() => clients.every(goesOn), "tokens from elsewhere");
  const gapMs = performance.now() - diedAtMs;
  assert.ok(gapMs < 2_000, `gap ${gapMs} ms`);
  await until(() => clients.every((client) => isOver(told.get(client))), "every end");
  for (const client of clients) assert.equal(textOf(told.get(client)), legalText);
});
