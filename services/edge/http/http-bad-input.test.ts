import assert from "node:assert/strict";
import { test } from "node:test";
import { httpStage } from "./http-stage.cases.ts";
import type { HttpStage } from "./http-stage.cases.ts";
import { asAcme, lastReply, post, rawClient } from "./raw-client.cases.ts";
import { helloScript } from "#services/edge/scripted-edge.cases.ts";

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
}

/** Sends the bytes on a connection of their own; checks that the answer is a whole, typed error. */
async function check(
  stage: HttpStage,
  bytes: string | Buffer,
  withinMs?: number,
  headers: RegExp = /^/,
): Promise<Answer> {
  const raw = await rawClient(stage.port);
  raw.write(bytes);
  const text = await raw.receives(/\r\n\r\n\{.*\}$/s, withinMs);
  raw.socket.destroy();
  const { status, body } = lastReply(text);
  assert.match(text, headers);
  assert.match(text, /\r\nx-request-id: [0-9a-f]{32}\r\n/i);
  assert.match(text, /\r\ncontent-type: application\/json\r\n/i);
  const { error } = JSON.parse(body) as {
    error: { message: string; type: string; param: string | null; code: string };
  };
  assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
  assert.equal(typeof error.message, "string");
  assert.equal(typeof error.type, "string");
  return { status, code: error.code, param: error.param };
}

/** Nothing reached a session, nothing is held, and a good request is still answered. */
async function checkUnharmed(stage: HttpStage): Promise<void> {
  assert.deepEqual(stage.kindsHeard(), []);
  assert.equal(stage.edge.openCalls(), 0);
  assert.equal(stage.edge.bodies.bytes, 0);
  assert.deepEqual(
    stage.notes.filter(({ event }) => event === "edge.fault"),
    [],
  );
  const reply = await stage.client().completions.create({ model: "fair-8b", prompt: "hi" });
  assert.equal(reply.choices[0]?.finish_reason, "stop");
}

const chat = (change: string): string =>
  `{"model":"fair-8b","messages":[{"role":"user","content":"hi"}]${change}}`;

test("every malformed body is a typed 400, and nothing is admitted", async (context) => {
  const stage = await httpStage(context, helloScript);
  const bodies: readonly (readonly [string | Buffer, string, string | null])[] = [
    ["", "invalid_request", null],
    ["{", "invalid_request", null],
    ["not json", "invalid_request", null],
    ["[]", "invalid_request", null],
    ["null", "invalid_request", null],
    [chat(',"max_tokens":NaN'), "invalid_request", null],
    [Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), "invalid_request", null],
    ["[".repeat(100_000), "invalid_request", null],
    [`{"a":`.repeat(100) + "1" + "}".repeat(100), "invalid_request", null],
    [`[${"1,".repeat(300_000)}1]`, "invalid_request", null],
    [chat(',"max_tokens":0'), "invalid_request", "max_tokens"],
    [chat(',"max_tokens":-1'), "invalid_request", "max_tokens"],
    [chat(',"max_tokens":2147483648'), "invalid_request", "max_tokens"],
    [chat(',"max_tokens":1e999'), "invalid_request", "max_tokens"],
    [chat(',"max_tokens":"NaN"'), "invalid_request", "max_tokens"],
    [chat(',"max_tokens":[]'), "invalid_request", "max_tokens"],
    [chat(',"max_tokens":2147483647'), "context_length_exceeded", "max_tokens"],
    [chat(',"temperature":{}'), "invalid_request", "temperature"],
    [chat(',"n":2'), "unsupported_parameter", "n"],
    [chat(',"tenant":"bolt"'), "unknown_parameter", "tenant"],
    ['{"model":"fair-8b","messages":7}', "invalid_request", "messages"],
    ['{"model":"fair-8b"}', "invalid_request", "messages"],
    ['{"messages":[{"role":"user","content":"hi"}]}', "invalid_request", "model"],
  ];
  for (const [body, code, param] of bodies) {
    const answer = await check(stage, post("/v1/chat/completions", body, [asAcme]));
    assert.deepEqual(answer, { status: 400, code, param }, String(body).slice(0, 80));
  }
  await checkUnharmed(stage);
});

test("an unknown model and a foreign adapter are the same 404", async (context) => {
  const stage = await httpStage(context, helloScript);
  for (const model of ["nothing", "secret-70b", "fair-8b:poet", "fair-8b:nothing"]) {
    const body = JSON.stringify({ model, prompt: "hi" });
    assert.deepEqual(await check(stage, post("/v1/completions", body, [asAcme])), {
      status: 404,
      code: "model_not_found",
      param: "model",
    });
  }
  await checkUnharmed(stage);
});

test("a missing, wrong or revoked key is a 401, before the body is read", async (context) => {
  const stage = await httpStage(context, helloScript);
  const headers = [[], ["authorization: Bearer nobody"], ["authorization: Bearer key-revoked"]];
  for (const header of headers) {
    const whole = post("/v1/chat/completions", chat(""), header);
    assert.equal((await check(stage, whole)).code, "invalid_api_key");
    // Only the headers: a body of 10 MB is announced and never sent.
    const announced = [
      "POST /v1/completions HTTP/1.1",
      "host: edge",
      ...header,
      "content-length: 10000000",
      "",
      "",
    ].join("\r\n");
    assert.equal((await check(stage, announced)).status, 401);
  }
  await checkUnharmed(stage);
});

test("a wrong route, method or media type is refused as JSON", async (context) => {
  const stage = await httpStage(context, helloScript);
  const send = (line: string, ...headers: readonly string[]): Promise<Answer> =>
    check(stage, [`${line} HTTP/1.1`, "host: edge", asAcme, ...headers, "", ""].join("\r\n"));
  assert.equal((await send("GET /")).code, "unknown_url");
  assert.equal((await send("GET /v1/models/")).status, 404);
  assert.equal((await send("GET /v1/models/%E0%A4%A")).status, 404);
  assert.equal((await send("GET /v1/chat/completions")).status, 405);
  assert.equal((await send("DELETE /v1/models/fair-8b")).status, 405);
  const form = "content-type: application/x-www-form-urlencoded";
  assert.equal((await send("POST /v1/completions", form, "content-length: 0")).status, 415);
  const json = "content-type: application/json";
  assert.equal(
    (await send("POST /v1/completions", json, "content-encoding: gzip", "content-length: 0"))
      .status,
    415,
  );
  await checkUnharmed(stage);
});

test("what is not HTTP is a 400, too many headers a 431, and the connection closes", async (context) => {
  const stage = await httpStage(context, helloScript);
  assert.equal((await check(stage, "hello there\r\n\r\n")).status, 400);
  assert.equal((await check(stage, "GET /v1/models HTTP/1.1\r\nbad header\r\n\r\n")).status, 400);
  const both = "content-length: 3\r\ntransfer-encoding: chunked";
  assert.equal(
    (await check(stage, `POST /v1/completions HTTP/1.1\r\nhost: a\r\n${both}\r\n\r\nabc`)).status,
    400,
  );
  const big = `GET /v1/models HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`;
  assert.equal((await check(stage, big)).code, "headers_too_large");
  const badChunk = `POST /v1/completions HTTP/1.1\r\nhost: a\r\n${asAcme}\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n`;
  assert.equal((await check(stage, badChunk)).status, 400);
  await checkUnharmed(stage);
});

test("a body of 100 MB is a 413 that costs neither memory nor time, announced or not", async (context) => {
  const stage = await httpStage(context, helloScript);
  const piece = Buffer.alloc(65_536, 0x20);
  const heapBefore = process.memoryUsage().rss;
  for (const length of ["content-length: 104857600", "transfer-encoding: chunked"]) {
    const raw = await rawClient(stage.port);
    raw.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n${asAcme}\r\n${length}\r\n\r\n`);
    const isChunked = length.startsWith("transfer");
    const framed = isChunked
      ? Buffer.concat([Buffer.from("10000\r\n"), piece, Buffer.from("\r\n")])
      : piece;
    let sentBytes = 0;
    const pump = (): void => {
      while (raw.socket.writable && sentBytes < 104_857_600) {
        sentBytes += piece.length;
        if (!raw.socket.write(framed)) {
          raw.socket.once("drain", pump);
          return;
        }
      }
    };
    pump();
    const { status, body } = lastReply(await raw.receives(/\r\n\r\n\{.*\}$/s));
    assert.equal(status, 413);
    assert.match(body, /request_too_large/);
    await raw.closes();
    assert.ok(sentBytes < 60_000_000, `read ${sentBytes} bytes`);
  }
  assert.ok(process.memoryUsage().rss - heapBefore < 120_000_000);
  await checkUnharmed(stage);
});

test("slow headers and slow bodies are a 408 and lose their connection", async (context) => {
  const stage = await httpStage(context, helloScript, {
    headersTimeoutMs: 200,
    requestTimeoutMs: 400,
  });
  assert.equal((await check(stage, "POST /v1/completions HTTP/1.1\r\nhost:", 2000)).status, 408);
  const half = post("/v1/completions", '{"model":"fair-8b","prompt":"hi"}', [asAcme]).subarray(
    0,
    -5,
  );
  const limited = /\r\nx-ratelimit-remaining-tokens: 100000\r\n/;
  assert.equal((await check(stage, half, 2000, limited)).code, "request_timeout");
  const raw = await rawClient(stage.port);
  raw.write("GET /v1");
  await raw.closes(2000);
  await checkUnharmed(stage);
});

test("bodies that arrive at once are bounded in all and per tenant, and given back", async (context) => {
  const stage = await httpStage(context, helloScript, { bodyBytesHeldPerTenantMax: 100_000 });
  const head = `POST /v1/completions HTTP/1.1\r\nhost: a\r\n${asAcme}\r\ncontent-length: 90000\r\n\r\n`;
  const first = await rawClient(stage.port);
  first.write(head + " ".repeat(80_000));
  while (stage.edge.bodies.bytes < 80_000) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await check(stage, head + " ".repeat(80_000)), {
    status: 503,
    code: "edge_full",
    param: null,
  });
  first.socket.destroy();
  while (stage.edge.bodies.bytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await checkUnharmed(stage);
});

test("a client that waits for 100 Continue gets it only if its body is wanted", async (context) => {
  const stage = await httpStage(context, helloScript);
  const body = '{"model":"fair-8b","prompt":"hi"}';
  const head = (key: string): string =>
    `POST /v1/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`;
  assert.equal((await check(stage, head("nobody"))).status, 401);
  const raw = await rawClient(stage.port);
  raw.write(head("key-acme"));
  await raw.receives(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  raw.write(body);
  assert.equal(lastReply(await raw.receives(/"usage".*\}$/s)).status, 200);
});

test("a client that leaves in the middle of its body leaves nothing behind", async (context) => {
  const stage = await httpStage(context, helloScript);
  const raw = await rawClient(stage.port);
  raw.write(post("/v1/completions", '{"model":"fair-8b","prompt":"hi"}', [asAcme]).subarray(0, -5));
  while (stage.edge.bodies.bytes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  raw.socket.destroy();
  while (stage.edge.bodies.bytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await checkUnharmed(stage);
});
