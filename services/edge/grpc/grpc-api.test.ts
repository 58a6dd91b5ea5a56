import assert from "node:assert/strict";
import { connect } from "node:http2";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { fairlead } from "#proto/inference.js";
import type { EdgeConfig } from "#services/edge/config.ts";
import { startGrpcApi } from "./grpc-api.ts";
import type { Script, ScriptedEdge } from "#services/edge/scripted-edge.cases.ts";
import {
  fleetOfTests,
  helloScript,
  limitsOfTests,
  silentScript,
  startScriptedEdge,
} from "#services/edge/scripted-edge.cases.ts";

const { GenerateRequest, GenerateResponse, GenerateEvent, FinishReason } = fairlead.inference.v1;
type Event = fairlead.inference.v1.GenerateEvent;
type RequestShape = fairlead.inference.v1.GenerateRequest.$Properties;

interface Answer {
  readonly error: ServiceError | undefined;
  readonly response: fairlead.inference.v1.GenerateResponse | undefined;
  readonly leading: Metadata | undefined;
}

interface Stage extends ScriptedEdge {
  readonly port: number;
  readonly generate: (request: RequestShape | Buffer, key?: string) => Promise<Answer>;
  readonly stream: (request: RequestShape, key?: string) => ClientReadableStream<Event>;
}

const service = "/fairlead.inference.v1.Inference";
const hello: RequestShape = { model: "fair-8b", prompt: "hi" };

function metadataFor(key: string): Metadata {
  const metadata = new Metadata();
  if (key !== "") metadata.set("authorization", `Bearer ${key}`);
  return metadata;
}

const encode = (request: RequestShape | Buffer): Buffer =>
  Buffer.isBuffer(request) ? request : Buffer.from(GenerateRequest.encode(request).finish());

async function stage(
  context: TestContext,
  script: Script,
  config: Partial<EdgeConfig> = {},
): Promise<Stage> {
  const scripted = startScriptedEdge(script, config);
  const grpc = await startGrpcApi(scripted.edge, { port: 0 });
  const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
  context.after(async () => {
    client.close();
    await scripted.edge.drain(0);
    await grpc.close();
    scripted.stop();
  });
  return {
    ...scripted,
    port: grpc.port,
    generate: (request, key = "key-acme") =>
      new Promise((resolve) => {
        let leading: Metadata | undefined;
        const call = client.makeUnaryRequest<
          RequestShape | Buffer,
          fairlead.inference.v1.GenerateResponse
        >(
          `${service}/Generate`,
          encode,
          (bytes) => GenerateResponse.decode(bytes),
          request,
          metadataFor(key),
          (error, response) => resolve({ error: error ?? undefined, response, leading }),
        );
        call.on("metadata", (metadata) => {
          leading = metadata;
        });
      }),
    stream: (request, key = "key-acme") =>
      client.makeServerStreamRequest<RequestShape, Event>(
        `${service}/GenerateStream`,
        encode,
        (bytes) => GenerateEvent.decode(bytes),
        request,
        metadataFor(key),
      ),
  };
}

async function gatherEvents(stream: ClientReadableStream<Event>): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event as Event);
  return events;
}

const codeOf = (error: ServiceError | undefined): unknown =>
  error?.metadata.get("fairlead-code")[0];

test("a plain prompt is answered whole, with usage, limits and our request id", async (context) => {
  const { generate, opens } = await stage(context, helloScript);
  const { error, response, leading } = await generate({
    ...hello,
    params: { maxTokens: 9, temperature: 0.5, stop: ["x"] },
  });
  assert.equal(error, undefined);
  const [open] = opens();
  assert.ok(open);
  assert.equal(response?.text, 'hello "ü\n');
  assert.equal(response.requestId, open.requestId);
  assert.equal(response.model, "fair-8b");
  assert.equal(response.finishReason, FinishReason.FINISH_REASON_STOP);
  assert.equal(response.usage?.promptTokens, 1);
  assert.equal(response.usage?.outputTokens, 2);
  assert.equal(leading?.get("x-request-id")[0], open.requestId);
  assert.equal(leading.get("x-ratelimit-remaining-requests")[0], "599");
  assert.equal(open.outputTokensMax, 9);
  assert.deepEqual(open.stopStrings, ["x"]);
  assert.deepEqual(open.sampling, { temperature: 0.5 });
});

test("a chat is streamed in pieces and ends with exactly one completed", async (context) => {
  const { stream, opens } = await stage(context, helloScript);
  const chat = { messages: [{ role: "user", content: "hi" }] };
  const events = await gatherEvents(stream({ model: "fair-8b:legal", chat }));
  assert.deepEqual(
    events.map(({ event, delta, completed }) => [event, delta?.text, completed?.finishReason]),
    [
      ["delta", "hel", undefined],
      ["delta", 'lo "ü\n', undefined],
      ["completed", undefined, FinishReason.FINISH_REASON_STOP],
    ],
  );
  const [open] = opens();
  assert.ok(open);
  assert.ok(events.every(({ requestId }) => requestId === open.requestId));
  assert.equal(Buffer.from(open.promptBytes).toString(), "<|user|>\nhi\n<|assistant|>\n");
});

test("both doors make the same prompt, hence the same digest", async (context) => {
  const { generate, opens } = await stage(context, helloScript);
  await generate({ ...hello, prompt: "same" });
  await generate({ ...hello, prompt: "same" }, "key-bolt");
  const [first, second] = opens();
  assert.equal(first?.promptDigest, second?.promptDigest);
  assert.notEqual(first?.namespace, second?.namespace);
});

test("bad input is a typed status, and nothing is admitted", async (context) => {
  const { generate, kindsHeard, edge } = await stage(context, helloScript);
  const cases: readonly (readonly [RequestShape | Buffer, number, string])[] = [
    [{ prompt: "hi" }, status.INVALID_ARGUMENT, "malformed_request"],
    [{ model: "fair-8b" }, status.INVALID_ARGUMENT, "malformed_request"],
    [{ model: "fair-8b", prompt: "" }, status.INVALID_ARGUMENT, "malformed_request"],
    [{ model: "fair-8b", chat: { messages: [] } }, status.INVALID_ARGUMENT, "malformed_request"],
    [
      { model: "fair-8b", chat: { messages: [{ role: "robot", content: "" }] } },
      status.INVALID_ARGUMENT,
      "malformed_request",
    ],
    [{ ...hello, params: { maxTokens: 0 } }, status.INVALID_ARGUMENT, "malformed_request"],
    [{ ...hello, params: { maxTokens: -1 } }, status.INVALID_ARGUMENT, "malformed_request"],
    [{ ...hello, params: { maxTokens: 2 ** 31 - 1 } }, status.INVALID_ARGUMENT, "context_too_long"],
    [
      { ...hello, params: { temperature: Number.NaN } },
      status.INVALID_ARGUMENT,
      "malformed_request",
    ],
    [{ ...hello, model: "nothing" }, status.NOT_FOUND, "model_not_found"],
    [{ ...hello, model: "fair-8b:poet" }, status.NOT_FOUND, "model_not_found"],
    [Buffer.from([0xff, 0xff, 0xff]), status.INVALID_ARGUMENT, "malformed_request"],
    [Buffer.from([0x1a, 0x02, 0xc3, 0x28]), status.INVALID_ARGUMENT, "malformed_request"],
    [Buffer.alloc(60_000, 0x0b), status.INVALID_ARGUMENT, "malformed_request"],
  ];
  for (const [request, code, name] of cases) {
    const { error } = await generate(request);
    assert.equal(error?.code, code, JSON.stringify(request).slice(0, 80));
    assert.equal(codeOf(error), name);
    assert.match(String(error?.metadata.get("x-request-id")[0]), /^[0-9a-f]{32}$/);
    assert.deepEqual(error?.metadata.get("x-ratelimit-remaining-requests"), ["600"]);
  }
  const { error: stranger } = await generate(hello, "key-of-nobody");
  assert.deepEqual(stranger?.metadata.get("x-ratelimit-remaining-requests"), []);
  assert.deepEqual(kindsHeard(), []);
  assert.equal(edge.openCalls(), 0);
  assert.equal(edge.bodies.bytes, 0);
});

test("a message beyond the bound is refused, and the server goes on", async (context) => {
  const { generate, kindsHeard } = await stage(context, helloScript, {
    grpcMessageBytesMax: 100_000,
  });
  const { error } = await generate({ ...hello, prompt: "x".repeat(200_000) });
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.deepEqual(kindsHeard(), []);
  assert.equal((await generate(hello)).error, undefined);
});

test("a message that no context can hold is refused unread, however little text it has", async (context) => {
  const { generate, kindsHeard } = await stage(context, helloScript);
  const chat = { messages: Array.from({ length: 20_000 }, () => ({ role: "user" })) };
  const { error } = await generate({ model: "no such model", chat });
  assert.deepEqual(
    [error?.code, codeOf(error)],
    [status.INVALID_ARGUMENT, "context_too_long"],
    "the model's name was read",
  );
  assert.deepEqual(kindsHeard(), []);
});

test("a message that never comes whole is given up, and its room given back", async (context) => {
  const { edge, port } = await stage(context, helloScript, { requestTimeoutMs: 200 });
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": `${service}/Generate`,
    "content-type": "application/grpc",
    te: "trailers",
    authorization: "Bearer key-acme",
  });
  const headers = new Promise<Record<string, unknown>>((resolve) => {
    stream.once("response", (response) => resolve({ ...response }));
  });
  // Ten bytes announced, two sent.
  stream.write(Buffer.from([0, 0, 0, 0, 10, 1, 2]));
  while (edge.bodies.bytes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const answer = await headers;
  assert.equal(answer["grpc-status"], String(status.DEADLINE_EXCEEDED));
  assert.equal(answer["fairlead-code"], "request_timeout");
  session.destroy();
  assert.equal(edge.bodies.bytes, 0);
});

test("a missing, wrong or revoked key is unauthenticated, on both methods", async (context) => {
  const { generate, stream, kindsHeard } = await stage(context, helloScript);
  for (const [key, name] of [
    ["", "unauthenticated"],
    ["nobody", "unauthenticated"],
    ["key-revoked", "key_revoked"],
  ] as const) {
    const { error } = await generate(hello, key);
    assert.equal(error?.code, status.UNAUTHENTICATED);
    assert.equal(codeOf(error), name);
    await assert.rejects(gatherEvents(stream(hello, key)), { code: status.UNAUTHENTICATED });
  }
  assert.deepEqual(kindsHeard(), []);
});

test("a refusal by the tenant's queue names its code, its limits and a time to come back", async (context) => {
  const { generate, stream } = await stage(context, () => [
    {
      kind: "failed",
      refusal: { code: "tokens_per_minute", message: "Too many.", retryAfterMs: 1500 },
      limits: limitsOfTests,
    },
  ]);
  const { error } = await generate(hello);
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.equal(error.details, "Too many.");
  assert.equal(codeOf(error), "tokens_per_minute");
  assert.equal(error.metadata.get("retry-after-ms")[0], "1500");
  assert.equal(error.metadata.get("x-ratelimit-limit-tokens")[0], "100000");
  await assert.rejects(gatherEvents(stream(hello)), { code: status.RESOURCE_EXHAUSTED });
});

test("a failure after the first output ends the stream with a status, not with completed", async (context) => {
  const { stream } = await stage(context, () => [
    { kind: "output", text: "half", outputTokens: 1, index: 0 },
    { kind: "failed", refusal: { code: "engine_unavailable", message: "Lost." } },
  ]);
  const call = stream(hello);
  const events: Event[] = [];
  call.on("data", (event: Event) => events.push(event));
  const error = await new Promise<ServiceError>((resolve) => {
    call.on("error", (failure) => resolve(failure as ServiceError));
  });
  assert.equal(error.code, status.UNAVAILABLE);
  assert.deepEqual(
    events.map(({ delta }) => delta?.text),
    ["half"],
  );
});

test("cancelling reaches the session, waiting or streaming, whole or in pieces", async (context) => {
  const { stream, hears, say, opens, edge } = await stage(context, silentScript);
  const first = stream(hello);
  first.on("error", () => {});
  await hears("open");
  first.cancel();
  await hears("client-gone");
  const second = stream(hello);
  second.on("error", () => {});
  await hears("open", 2);
  const requestId = opens()[1]?.requestId;
  assert.ok(requestId !== undefined);
  const data = new Promise((resolve) => {
    second.once("data", resolve);
  });
  say(requestId, { kind: "output", text: "hello", outputTokens: 1, index: 0 });
  await data;
  second.cancel();
  await hears("client-gone", 2);
  assert.equal(edge.openCalls(), 0);
});

test("a caller's deadline is the session's, and passing it ends the call", async (context) => {
  const scripted = startScriptedEdge(silentScript);
  const grpc = await startGrpcApi(scripted.edge, { port: 0 });
  const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
  context.after(async () => {
    client.close();
    await grpc.close();
    scripted.stop();
  });
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest<RequestShape, unknown>(
      `${service}/Generate`,
      encode,
      (bytes) => bytes,
      hello,
      metadataFor("key-acme"),
      { deadline: Date.now() + 300 },
      (failure) => resolve(failure),
    );
  });
  assert.equal(error?.code, status.DEADLINE_EXCEEDED);
  await scripted.hears("client-gone");
  const [open] = scripted.opens();
  assert.ok(open !== undefined && open.timeoutMs <= 300);
});

test("a reader that stops pauses its session, and one that goes on makes it ready", async (context) => {
  const { stream, hears, say, opens, kindsHeard } = await stage(context, silentScript, {
    writeBufferBytesMax: 64_000_000,
  });
  const call = stream(hello);
  let received = 0;
  call.on("data", () => received++);
  await hears("open");
  const requestId = opens()[0]?.requestId;
  assert.ok(requestId !== undefined);
  call.pause();
  const text = "x".repeat(65_536);
  let said = 0;
  for (let quietTurns = 0; quietTurns < 50; quietTurns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (kindsHeard().at(-1) === "client-paused") continue;
    quietTurns = 0;
    say(requestId, { kind: "output", text, outputTokens: ++said, index: said - 1 });
    assert.ok(said < 2000, "the stream must fill");
  }
  call.resume();
  while (kindsHeard().at(-1) !== "client-ready") {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  say(requestId, {
    kind: "completed",
    reason: "length",
    promptTokens: 1,
    cachedTokens: 0,
    outputTokens: said,
  });
  await new Promise((resolve) => {
    call.once("end", resolve);
  });
  assert.equal(received, said + 1);
});

test("leading metadata names what answered, trailing metadata that it is on its way out, and a retired model is not found", async (context) => {
  const { edge, generate, stream } = await stage(context, helloScript);
  const setModel = (terms: Partial<(typeof fleetOfTests.models)[number]>): void =>
    edge.setFleet({
      ...fleetOfTests,
      version: 2,
      models: fleetOfTests.models.map((model) => ({ ...model, ...terms })),
    });
  setModel({
    status: "deprecated",
    deprecatedAtEpochMs: 1_688_169_599_000,
    retiresAtEpochMs: Date.UTC(2124, 0, 1),
  });
  const { leading } = await generate(hello);
  assert.deepEqual(leading?.get("x-fairlead-model"), ["fair-8b@fair-8b@1"]);
  const streamed = stream(hello);
  const ended = new Promise<Metadata>((resolve) => {
    streamed.on("status", ({ metadata }: { readonly metadata: Metadata }) => resolve(metadata));
  });
  await gatherEvents(streamed);
  const trailing = await ended;
  assert.deepEqual(trailing.get("deprecation"), ["@1688169599"]);
  assert.deepEqual(trailing.get("sunset"), ["Sat, 01 Jan 2124 00:00:00 GMT"]);
  setModel({ status: "archived" });
  const { error } = await generate(hello);
  assert.equal(error?.code, status.NOT_FOUND);
  assert.equal(codeOf(error), "model_retired");
});
