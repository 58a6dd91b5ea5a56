import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { gather, httpStage } from "./http-stage.cases.ts";
import { asAcme, chunksOf, post, rawClient } from "./raw-client.cases.ts";
import { helloScript, limitsOfTests, silentScript } from "#services/edge/scripted-edge.cases.ts";

const messages = [{ role: "user" as const, content: "hi" }];
const body = (change: object = {}): string =>
  JSON.stringify({ model: "fair-8b", messages, stream: true, ...change });

test("the official client completes a chat", async (context) => {
  const { client, opens } = await httpStage(context, helloScript);
  const { data, response } = await client()
    .chat.completions.create({ model: "fair-8b:legal", messages, max_tokens: 9 })
    .withResponse();
  const [open] = opens();
  assert.ok(open);
  assert.deepEqual(data.choices, [
    {
      index: 0,
      message: { role: "assistant", content: 'hello "ü\n', refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ]);
  assert.equal(data.id, `chatcmpl-${open.requestId}`);
  assert.equal(data.object, "chat.completion");
  assert.equal(data.model, "fair-8b:legal");
  assert.deepEqual(data.usage, {
    prompt_tokens: open.promptTokens,
    completion_tokens: 2,
    total_tokens: open.promptTokens + 2,
    prompt_tokens_details: { cached_tokens: 0 },
  });
  assert.equal(response.headers.get("x-request-id"), open.requestId);
  assert.equal(response.headers.get("x-ratelimit-remaining-requests"), "599");
  assert.equal(response.headers.get("x-ratelimit-reset-tokens"), "6m0s");
  assert.equal(open.outputTokensMax, 9);
  assert.equal(open.tenant, "acme");
  assert.match(open.requestId, /^[0-9a-f]{32}$/);
});

test("the official client streams a chat, with usage when it asks", async (context) => {
  const { client } = await httpStage(context, helloScript);
  const stream = await client().chat.completions.create({
    model: "fair-8b",
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await gather(stream);
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  assert.equal(text, 'hello "ü\n');
  assert.equal(chunks.filter((chunk) => chunk.choices[0]?.delta.role === "assistant").length, 1);
  assert.deepEqual(
    chunks.map((chunk) => chunk.choices[0]?.finish_reason),
    [null, null, "stop", undefined],
  );
  assert.equal(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size, 1);
  assert.equal(chunks.at(-1)?.usage?.completion_tokens, 2);
});

test("the official client completes and streams a plain prompt", async (context) => {
  const { client } = await httpStage(context, helloScript);
  const whole = await client().completions.create({ model: "fair-8b", prompt: "hi" });
  assert.equal(whole.choices[0]?.text, 'hello "ü\n');
  assert.equal(whole.object, "text_completion");
  const stream = await client().completions.create({
    model: "fair-8b",
    prompt: ["hi"],
    stream: true,
  });
  const chunks = await gather(stream);
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.text).join(""), 'hello "ü\n');
  assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, "stop");
});

test("models are listed and found as far as the key reaches", async (context) => {
  const { client } = await httpStage(context, helloScript);
  const list = await client().models.list();
  assert.deepEqual(
    list.data.map(({ id }) => id),
    ["fair-8b", "fair-8b:legal"],
  );
  const model = await client().models.retrieve("fair-8b:legal");
  assert.equal(model.object, "model");
  assert.equal(model.created, 1_700_000_000);
  for (const foreign of ["fair-8b:poet", "secret-70b", "nothing"]) {
    await assert.rejects(client().models.retrieve(foreign), OpenAI.NotFoundError);
  }
});

test("a new fleet is followed from the next request on", async (context) => {
  const { client, edge } = await httpStage(context, helloScript);
  const { fleet } = edge.view();
  edge.setFleet({
    ...fleet,
    version: 2,
    keys: fleet.keys.map((key) => ({ ...key, revoked: true })),
  });
  await assert.rejects(client().models.list(), OpenAI.AuthenticationError);
});

test("a stream is exactly these bytes, one event in each chunk", async (context) => {
  const { port, opens } = await httpStage(context, helloScript);
  const raw = await rawClient(port);
  raw.write(post("/v1/chat/completions", body(), [asAcme]));
  const text = await raw.receives(/\r\n0\r\n\r\n$/);
  const [open] = opens();
  assert.ok(open);
  const created = Math.floor(open.arrivedAtEpochMs / 1000);
  const head = `data: {"id":"chatcmpl-${open.requestId}","object":"chat.completion.chunk","created":${created},"model":"fair-8b","choices":[{"index":0,`;
  assert.deepEqual(chunksOf(text), [
    `id: 0\n${head}"delta":{"role":"assistant","content":"hel"},"logprobs":null,"finish_reason":null}]}\n\n`,
    `id: 1\n${head}"delta":{"content":"lo \\"ü\\n"},"logprobs":null,"finish_reason":null}]}\n\n`,
    `${head}"delta":{},"logprobs":null,"finish_reason":"stop"}]}\n\n`,
    "data: [DONE]\n\n",
  ]);
  const headers = text.slice(0, text.indexOf("\r\n\r\n"));
  for (const line of [
    "HTTP/1.1 200 OK",
    `x-request-id: ${open.requestId}`,
    "content-type: text/event-stream; charset=utf-8",
    "cache-control: no-cache",
    "x-accel-buffering: no",
    "x-ratelimit-limit-requests: 600",
    "x-ratelimit-reset-requests: 100ms",
  ]) {
    assert.ok(headers.includes(line), line);
  }
  assert.ok(!/content-length/i.test(headers));
});

test("usage comes once, without choices, before the end, and only when asked for", async (context) => {
  const { port } = await httpStage(context, helloScript);
  const raw = await rawClient(port);
  raw.write(
    post(
      "/v1/completions",
      '{"model":"fair-8b","prompt":"hi","stream":true,"stream_options":{"include_usage":true}}',
      [asAcme],
    ),
  );
  const events = chunksOf(await raw.receives(/\r\n0\r\n\r\n$/));
  const payloads = events.slice(0, -1).map(
    (event) =>
      JSON.parse(event.slice(event.indexOf("data: ") + "data: ".length)) as {
        usage: unknown;
        choices: [];
      },
  );
  assert.deepEqual(
    payloads.map(({ usage, choices }) => [choices.length, usage]),
    [
      [1, null],
      [1, null],
      [1, null],
      [
        0,
        {
          prompt_tokens: 1,
          completion_tokens: 2,
          total_tokens: 3,
          prompt_tokens_details: { cached_tokens: 0 },
        },
      ],
    ],
  );
  assert.equal(events.at(-1), "data: [DONE]\n\n");
});

test("an output without any text still names the role and ends whole", async (context) => {
  const { client } = await httpStage(context, (open) => [
    {
      kind: "completed",
      reason: "length",
      promptTokens: open.promptTokens,
      cachedTokens: 0,
      outputTokens: 0,
    },
  ]);
  const stream = await client().chat.completions.create({
    model: "fair-8b",
    messages,
    stream: true,
  });
  const chunks = await gather(stream);
  assert.deepEqual(
    chunks.map(({ choices }) => [choices[0]?.delta.role, choices[0]?.finish_reason]),
    [["assistant", "length"]],
  );
});

test("a refusal before the first output is a clean status with limits and a time to come back", async (context) => {
  const { client } = await httpStage(context, () => [
    {
      kind: "failed",
      refusal: { code: "requests_per_minute", message: "Too many.", retryAfterMs: 1500 },
      limits: { ...limitsOfTests, requestsRemaining: 0 },
    },
  ]);
  for (const stream of [true, false]) {
    const error: unknown = await client()
      .chat.completions.create({ model: "fair-8b", messages, stream })
      .catch((failure: unknown) => failure);
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, "rate_limit_exceeded");
    assert.equal(error.type, "requests");
    assert.equal(error.headers.get("retry-after"), "2");
    assert.equal(error.headers.get("retry-after-ms"), "1500");
    assert.equal(error.headers.get("x-ratelimit-remaining-requests"), "0");
    assert.match(error.headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/);
  }
});

test("a failure after the first output is an error event and a closed socket, without [DONE]", async (context) => {
  const { port } = await httpStage(context, () => [
    { kind: "output", text: "half", outputTokens: 1, index: 0 },
    { kind: "failed", refusal: { code: "engine_unavailable", message: "Lost." } },
  ]);
  const raw = await rawClient(port);
  raw.write(post("/v1/chat/completions", body(), [asAcme]));
  const text = await raw.closes();
  assert.match(text, /^HTTP\/1\.1 200/);
  assert.equal(
    chunksOf(text).at(-1),
    'data: {"error":{"message":"Lost.","type":"server_error","param":null,"code":"engine_unavailable"}}\n\n',
  );
  assert.ok(!text.includes("[DONE]"));
  assert.ok(!text.includes('"finish_reason":"'));
});

test("the official client throws at an error event", async (context) => {
  const { client } = await httpStage(context, () => [
    { kind: "output", text: "half", outputTokens: 1, index: 0 },
    { kind: "failed", refusal: { code: "engine_unavailable", message: "Lost." } },
  ]);
  const stream = await client().chat.completions.create({
    model: "fair-8b",
    messages,
    stream: true,
  });
  await assert.rejects(gather(stream), /Lost/);
});

test("a kept connection serves many requests, in order, also when they come in one packet", async (context) => {
  const { port } = await httpStage(context, helloScript);
  const raw = await rawClient(port);
  const request = post("/v1/completions", '{"model":"fair-8b","prompt":"hi"}', [asAcme]);
  raw.write(Buffer.concat([request, request, request]));
  const text = await raw.receives(/(HTTP\/1\.1 200[^]*){3}"cached_tokens":0\}\}\}$/);
  assert.equal(text.split('"text":"hello').length, 4);
});

test("an edge with all the calls it can hold says so, with a time", async (context) => {
  const { client, hears, opens, edge, say } = await httpStage(context, silentScript, {
    openCallsMax: 1,
  });
  const first = client().completions.create({ model: "fair-8b", prompt: "a" });
  first.catch(() => {});
  const pending = Promise.resolve(first);
  await hears("open");
  assert.equal(edge.openCalls(), 1);
  const error: unknown = await client()
    .completions.create({ model: "fair-8b", prompt: "b" })
    .catch((failure: unknown) => failure);
  assert.ok(error instanceof OpenAI.APIError);
  assert.equal(error.status, 503);
  assert.equal(error.code, "edge_full");
  assert.equal(error.headers?.get("retry-after"), "1");
  const [open] = opens();
  assert.ok(open);
  say(open.requestId, { kind: "output", text: "x", outputTokens: 1, index: 0 });
  say(open.requestId, {
    kind: "completed",
    reason: "stop",
    promptTokens: 1,
    cachedTokens: 0,
    outputTokens: 1,
  });
  assert.equal((await pending).choices[0]?.text, "x");
  assert.equal(edge.openCalls(), 0);
});

test("a draining edge lets open calls finish, refuses new ones, and tells the rest to end", async (context) => {
  const { client, hears, edge } = await httpStage(context, silentScript, { closeGraceMs: 100 });
  const open = client().completions.create({ model: "fair-8b", prompt: "a" });
  const outcome = open.catch((failure: unknown) => failure);
  await hears("open");
  const drained = edge.drain(50);
  const refusal: unknown = await client()
    .completions.create({ model: "fair-8b", prompt: "b" })
    .catch((failure: unknown) => failure);
  assert.ok(refusal instanceof OpenAI.APIError);
  assert.equal(refusal.code, "shutting_down");
  await hears("edge-draining");
  await drained;
  assert.equal(edge.openCalls(), 0);
  const error = await outcome;
  assert.ok(error instanceof OpenAI.APIError);
  assert.equal(error.code, "shutting_down");
  await hears("client-gone");
});

test("a session that was lost with its state does not leave its client waiting for ever", async (context) => {
  const { client, hears } = await httpStage(context, silentScript, {
    callTimeoutMs: 100,
    closeGraceMs: 100,
  });
  const error: unknown = await client()
    .completions.create({ model: "fair-8b", prompt: "a" })
    .catch((failure: unknown) => failure);
  assert.ok(error instanceof OpenAI.InternalServerError);
  await hears("client-gone");
});
