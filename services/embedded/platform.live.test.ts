import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { after, before, test } from "node:test";
import { Client, Metadata, credentials, status } from "@grpc/grpc-js";
import OpenAI from "openai";
import { fairlead } from "#proto/inference.js";
import { readEmbeddedConfig } from "./config.ts";
import { chatPrompt, legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// The whole platform, its doors, its real database, on free ports, in memory.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};
const model = "llama-3.1-8b";
let platform: Platform;

before(async () => {
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  platform = await startPlatform(config, environment);
});
after(() => platform.drain());

const openai = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${platform.httpPort}/v1`, maxRetries: 0 });

const admin = async (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${platform.adminPort}${path}`, init);

interface StoryStage {
  readonly event: string;
  readonly atEpochMs: number;
}

test("the official client completes a chat, and the text is the oracle's", async () => {
  const completion = await openai("fl-demo-acme").chat.completions.create({
    model,
    messages: [{ role: "user", content: "Hello" }],
  });
  const prompt = chatPrompt("Hello");
  const expected = legalText({ tenant: "acme", prompt, outputTokensMax: 512 });
  assert.equal(completion.choices[0]?.message.content, expected);
  assert.equal(completion.usage?.completion_tokens, expected.length / 4);
  assert.equal(completion.usage?.prompt_tokens, Math.ceil(prompt.length / 4));
});

test("the official client streams for three tenants at once, each its own legal text", async () => {
  const tenants = ["acme", "bolt", "corner"];
  const texts = await Promise.all(
    tenants.map(async (tenant) => {
      const stream = await openai(`fl-demo-${tenant}`).chat.completions.create({
        model,
        messages: [{ role: "user", content: "The same question" }],
        max_tokens: 40,
        stream: true,
      });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      return text;
    }),
  );
  const prompt = chatPrompt("The same question");
  assert.deepEqual(
    texts,
    tenants.map((tenant) => legalText({ tenant, prompt, outputTokensMax: 40 })),
  );
});

test("an adapter changes the text, and a foreign one does not exist", async () => {
  const digest = "c7d7e177cefeeda66c0ebfada961a64645fb7427fd08552816a547776dd1eeb5";
  const ask = (tenant: string) =>
    openai(`fl-demo-${tenant}`).completions.create({
      model: `${model}:support-tone`,
      prompt: "with an adapter",
      max_tokens: 12,
    });
  const { choices } = await ask("acme");
  const question = { tenant: "acme", prompt: "with an adapter", outputTokensMax: 12 };
  assert.equal(choices[0]?.text, legalText({ ...question, adapterDigest: digest }));
  await assert.rejects(ask("bolt"), (error: unknown) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, "model_not_found");
    return true;
  });
});

test("gRPC generates and streams the same text with the same key", async () => {
  const { GenerateRequest, GenerateResponse, GenerateEvent } = fairlead.inference.v1;
  const client = new Client(`127.0.0.1:${platform.grpcPort}`, credentials.createInsecure());
  const service = "/fairlead.inference.v1.Inference";
  const metadata = new Metadata();
  metadata.set("authorization", "Bearer fl-demo-bolt");
  const request = { model, prompt: "over gRPC", params: { maxTokens: 20 } };
  const expected = legalText({ tenant: "bolt", prompt: "over gRPC", outputTokensMax: 20 });
  const encode = (message: typeof request): Buffer =>
    Buffer.from(GenerateRequest.encode(message).finish());
  const whole = await new Promise<string>((resolve, reject) => {
    client.makeUnaryRequest(
      `${service}/Generate`,
      encode,
      (bytes) => GenerateResponse.decode(bytes),
      request,
      metadata,
      (error, response) => (error === null ? resolve(response?.text ?? "") : reject(error)),
    );
  });
  assert.equal(whole, expected);
  let streamed = "";
  const stream = client.makeServerStreamRequest(
    `${service}/GenerateStream`,
    encode,
    (bytes) => GenerateEvent.decode(bytes),
    request,
    metadata,
  );
  for await (const event of stream) streamed += event.delta?.text ?? "";
  assert.equal(streamed, expected);
  const refused = await new Promise<number>((resolve) => {
    client.makeUnaryRequest(
      `${service}/Generate`,
      encode,
      (bytes) => GenerateResponse.decode(bytes),
      request,
      new Metadata(),
      (error) => resolve(error?.code ?? status.OK),
    );
  });
  assert.equal(refused, status.UNAUTHENTICATED);
  client.close();
});

test("a request has its story, its usage and its place in the metrics", async () => {
  const { data, response } = await openai("fl-demo-corner")
    .completions.create({ model, prompt: "a story", max_tokens: 10 })
    .withResponse();
  const requestId = response.headers.get("x-request-id") ?? "";
  const story = await until(async () => {
    const answer = await admin(`/admin/v1/requests/${requestId}`);
    const body = (await answer.json()) as { stages?: readonly StoryStage[] };
    return body.stages?.some(({ event }) => event === "queue.settled") ? body.stages : undefined;
  });
  const events = story.map(({ event }) => event);
  const path = ["session.opened", "queue.admitted", "kv.reserved", "router.granted"];
  for (const event of [...path, "worker.started", "session.finished", "kv.released"]) {
    assert.ok(events.includes(event), `${event} is missing in ${events.join(", ")}`);
  }
  const usage = await until(async () => {
    const answer = await admin("/admin/v1/usage?tenant=corner");
    const { records } = (await answer.json()) as {
      records: readonly Record<string, unknown>[];
    };
    return records.find((record) => record["requestId"] === requestId && record["isFinal"]);
  });
  assert.equal(usage["outputTokens"], data.usage?.completion_tokens);
  assert.equal(usage["outcome"], "length");
  assert.ok(String(usage["zone"]).length > 0);
  assert.ok(Number(usage["gpuUs"]) > 0);
  const metrics = await (await admin("/metrics")).text();
  assert.match(metrics, /fairlead_requests_total\{[^}]*tenant="corner"[^}]*\} [1-9]/);
});

test("a revoked key and a new limit are followed within a second", async () => {
  const current = readFileSync("deploy/fleet.example.yaml", "utf8");
  const file = current.replace(/(id: corner-demo\n)/, "$1        revoked: true\n");
  assert.notEqual(file, current);
  const apply = async (text: string): Promise<void> => {
    const headers = { "content-type": "application/yaml" };
    const answer = await admin("/admin/v1/fleet", { method: "PUT", headers, body: text });
    assert.equal(answer.status, 200, await answer.text());
  };
  const isRefused = async (): Promise<boolean> => {
    try {
      await openai("fl-demo-corner").models.list();
      return false;
    } catch (error) {
      return error instanceof OpenAI.AuthenticationError;
    }
  };
  // Its running stream ends too, and says so; it is billed what it was given, which is what `legal` begins with.
  const running = await openai("fl-demo-corner").completions.create(
    { model, prompt: "a key taken back", max_tokens: 2_000, stream: true },
    { maxRetries: 0 },
  );
  let text = "";
  const cut = (async () => {
    for await (const chunk of running) text += chunk.choices[0]?.text ?? "";
  })().catch((error: unknown) => error);
  await until(async () => (text === "" ? undefined : true));
  await apply(file);
  const startedAtMs = performance.now();
  await until(async () => ((await isRefused()) ? true : undefined));
  assert.ok(performance.now() - startedAtMs < 1000);
  const end = await cut;
  assert.ok(end instanceof OpenAI.APIError, String(end));
  assert.match(end.message, /has been revoked/);
  assert.ok(performance.now() - startedAtMs < 1000);
  const legal = legalText({ tenant: "corner", prompt: "a key taken back", outputTokensMax: 2_000 });
  assert.ok(text !== "" && text.length < legal.length && legal.startsWith(text));
  await apply(current);
  await until(async () => ((await isRefused()) ? undefined : true));
});

// Each window of an abandoned call: afterwards nothing runs, nothing is booked, nothing is reserved.
for (const [name, call] of [
  ["before its first byte", { promptTokens: 16_000, leaveAfterMs: 60, isStreamed: true }],
  ["mid-stream", { promptTokens: 20, leaveAfterMs: 250, isStreamed: true }],
  ["not streamed", { promptTokens: 20, leaveAfterMs: 250, isStreamed: false }],
] as const) {
  test(`a client that leaves ${name} stops its sequence and frees its blocks`, async () => {
    await leave(call);
    await until(async () => {
      const answer = await admin("/admin/v1/workers");
      const { workers } = (await answer.json()) as {
        workers: readonly {
          readonly running: number;
          readonly freeBlocks: number;
          readonly blocks: number;
        }[];
      };
      const isIdle = workers.every(
        (worker) => worker.running === 0 && worker.freeBlocks === worker.blocks,
      );
      return isIdle ? true : undefined;
    });
  });
}

function leave({
  promptTokens,
  leaveAfterMs,
  isStreamed,
}: {
  readonly promptTokens: number;
  readonly leaveAfterMs: number;
  readonly isStreamed: boolean;
}): Promise<void> {
  return new Promise((resolve) => {
    const request = httpRequest(`http://127.0.0.1:${platform.httpPort}/v1/completions`, {
      method: "POST",
      headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    });
    request.on("error", () => resolve());
    request.on("response", (response) => response.resume());
    request.on("close", () => resolve());
    const prompt = "word".repeat(promptTokens);
    request.end(
      JSON.stringify({ model, prompt, max_tokens: 2000, ignore_eos: true, stream: isStreamed }),
    );
    setTimeout(() => request.destroy(), leaveAfterMs);
  });
}

/** Asks again until there is an answer; fails after five seconds. */
async function until<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadlineMs = performance.now() + 5000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) throw new Error("not within five seconds");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
