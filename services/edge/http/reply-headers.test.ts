import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { HttpStage } from "./http-stage.cases.ts";
import { httpStage } from "./http-stage.cases.ts";
import { helloScript, limitsOfTests } from "#services/edge/scripted-edge.cases.ts";
import type { Script } from "#services/edge/scripted-edge.cases.ts";

const names = ["limit", "remaining", "reset"].flatMap((what) =>
  ["requests", "tokens"].map((of) => `x-ratelimit-${what}-${of}`),
);

interface Call {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly type?: string;
}

const chat = "/v1/chat/completions";
const said = (change: object): string =>
  JSON.stringify({ model: "fair-8b", messages: [{ role: "user", content: "hi" }], ...change });

/** What the edge answers by itself. */
const own: readonly (readonly [number, Call])[] = [
  [200, { path: "/v1/models" }],
  [200, { path: "/v1/models/fair-8b" }],
  [404, { path: "/v1/models/nothing" }],
  [404, { path: "/v1/nowhere" }],
  [405, { path: chat }],
  [400, { path: chat, body: "{" }],
  [400, { path: chat, body: said({ best_of_all: 1 }) }],
  [400, { path: chat, body: said({ max_tokens: 100_000 }) }],
  [404, { path: chat, body: said({ model: "nothing" }) }],
  [415, { path: chat, body: "hi", type: "text/plain" }],
  [413, { path: chat, body: "x".repeat(3000) }],
];

const config = { bodyBytesMax: 2000 };

async function ask({ port }: HttpStage, call: Call, key: string): Promise<Response> {
  const { path, body, type = "application/json" } = call;
  const method = call.method ?? (body === undefined ? "GET" : "POST");
  const headers = { authorization: `Bearer ${key}`, "content-type": type };
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  await response.arrayBuffer();
  return response;
}

const limitsIn = ({ headers }: Response): readonly string[] =>
  names.flatMap((name) => headers.get(name) ?? []);

const staged = (context: TestContext, script: Script): Promise<HttpStage> =>
  httpStage(context, script, config);

test("every reply to a known key carries its limits and an id, whoever answers it", async (context) => {
  const stage = await staged(context, helloScript);
  for (const [status, call] of own) {
    const response = await ask(stage, call, "key-acme");
    assert.equal(response.status, status, call.path);
    assert.deepEqual(limitsIn(response), ["600", "100000", "600", "100000", "0s", "0s"], call.path);
    assert.match(response.headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/);
  }
});

test("what the queue told last is told again, until the window is whole", async (context) => {
  const stage = await staged(context, helloScript);
  await ask(stage, { path: chat, body: said({}) }, "key-acme");
  const { headers } = await ask(stage, { path: "/v1/models" }, "key-acme");
  assert.equal(headers.get("x-ratelimit-remaining-tokens"), "99000");
  assert.match(headers.get("x-ratelimit-reset-tokens") ?? "", /^(5m\d+s|6m0s)$/);
  const other = await ask(stage, { path: "/v1/models" }, "key-bolt");
  assert.equal(other.headers.get("x-ratelimit-remaining-tokens"), "100000");
});

test("a failure before any queue answered carries what is known", async (context) => {
  const refusal = { code: "owner_unavailable", message: "Nobody answers." } as const;
  const stage = await staged(context, () => [{ kind: "failed", refusal }]);
  const response = await ask(stage, { path: chat, body: said({}) }, "key-acme");
  assert.equal(response.status, 503);
  assert.equal(limitsIn(response).length, names.length);
});

test("a refusal by the queue is learned from, too", async (context) => {
  const refusal = { code: "requests_per_minute", message: "Too many." } as const;
  const limits = { ...limitsOfTests, requestsRemaining: 0, requestsResetMs: 50_000 };
  const stage = await staged(context, () => [{ kind: "failed", refusal, limits }]);
  await ask(stage, { path: chat, body: said({}) }, "key-acme");
  const { headers } = await ask(stage, { path: "/v1/models" }, "key-acme");
  assert.equal(headers.get("x-ratelimit-remaining-requests"), "0");
});

test("a stranger is told no limits, and an id all the same", async (context) => {
  const stage = await staged(context, helloScript);
  for (const key of ["nobody's", "key-revoked"]) {
    for (const [path, status] of [
      ["/v1/models", 401],
      ["/v1/nowhere", 404],
    ] as const) {
      const response = await ask(stage, { path }, key);
      assert.equal(response.status, status);
      assert.deepEqual(limitsIn(response), []);
      assert.match(response.headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/);
    }
  }
});
