import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { readEmbeddedConfig } from "./config.ts";
import { chatPrompt, legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// A prompt that no engine survives, among streams that must not notice: the whole platform, in memory, on free ports.

const crashText = "KILL-THE-ENGINE";
const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
  FAIRLEAD_ENGINE_CRASH_TEXT: crashText,
};
const model = "llama-3.1-8b";
let platform: Platform;

before(async () => {
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  platform = await startPlatform(config, environment);
});
after(() => platform.drain());

const openai = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${platform.httpPort}/v1` });

async function engineCrashes(): Promise<number> {
  const page = await fetch(`http://127.0.0.1:${platform.adminPort}/metrics`);
  let crashes = 0;
  for (const line of (await page.text()).split("\n")) {
    if (line.startsWith("fairlead_engine_crashes_total{")) crashes += Number(line.split(" ")[1]);
  }
  return crashes;
}

interface Letter {
  readonly requestId: string;
  readonly tenant: string;
  readonly cause: string;
  readonly attempts: number;
  readonly engineCrashes: number;
}

async function stream(tenant: string, content: string): Promise<string> {
  const events = await openai(`fl-demo-${tenant}`).chat.completions.create({
    model,
    messages: [{ role: "user", content }],
    max_tokens: 200,
    stream: true,
  });
  let text = "";
  for await (const event of events) text += event.choices[0]?.delta.content ?? "";
  return text;
}

const crashing = (content: string) =>
  openai("fl-demo-corner").chat.completions.create({
    model,
    messages: [{ role: "user", content }],
    max_tokens: 50,
  });

function isTyped(error: unknown): true {
  assert.ok(error instanceof OpenAI.InternalServerError, String(error));
  assert.equal(error.code, "request_crashes_engine");
  assert.equal(error.headers?.get("x-should-retry"), "false");
  return true;
}

test("a request that crashes engines crashes three, ends with a typed error, and nobody else loses a token", async () => {
  const others = ["acme", "bolt"].flatMap((tenant) =>
    Array.from({ length: 20 }, (_, index) => ({ tenant, content: `question ${index}` })),
  );
  const streams = Promise.all(others.map(({ tenant, content }) => stream(tenant, content)));
  await assert.rejects(crashing(`please ${crashText} now`), isTyped);
  const texts = await streams;
  others.forEach(({ tenant, content }, index) => {
    const expected = legalText({ tenant, prompt: chatPrompt(content), outputTokensMax: 200 });
    assert.equal(texts[index], expected);
  });
  assert.equal(await engineCrashes(), 3);
});

test("the same again is refused at once, and crashes nothing", async () => {
  const before = await engineCrashes();
  const askedAtMs = performance.now();
  await assert.rejects(crashing(`please ${crashText} now`), isTyped);
  assert.ok(performance.now() - askedAtMs < 500, "it was not run");
  assert.equal(await engineCrashes(), before);
});

test("it left a dead letter without its prompt; a replay lets its client try again", async () => {
  const admin = `http://127.0.0.1:${platform.adminPort}/admin/v1/dead-letters`;
  const page = await (await fetch(admin)).text();
  const { deadLetters } = JSON.parse(page) as { deadLetters: readonly Letter[] };
  assert.deepEqual(
    deadLetters.map(({ cause, tenant, attempts, engineCrashes }) => [
      cause,
      tenant,
      attempts >= engineCrashes,
      engineCrashes,
    ]),
    [["request_crashes_engine", "corner", true, 3]],
  );
  assert.ok(!page.includes(crashText), "no prompt is in it");
  const headers = { "content-type": "application/json" };
  const replay = `${admin}/${deadLetters[0]?.requestId}/replay`;
  assert.equal((await fetch(replay, { method: "POST", headers })).status, 200);
  const before = await engineCrashes();
  await assert.rejects(crashing(`please ${crashText} now`), isTyped);
  assert.equal((await engineCrashes()) - before, 3, "it was run again, and is no better");
});

test("one that crashes an engine only later in its output crashes three too", async () => {
  const before = await engineCrashes();
  await assert.rejects(crashing(`${crashText}12`), isTyped);
  assert.equal((await engineCrashes()) - before, 3);
});
