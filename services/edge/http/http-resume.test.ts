import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ResumeStream } from "#shared/messages/open-request.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { ScriptedEdge } from "#services/edge/scripted-edge.cases.ts";
import { silentScript } from "#services/edge/scripted-edge.cases.ts";
import { httpStage } from "./http-stage.cases.ts";
import { asAcme, chunksOf, rawClient } from "./raw-client.cases.ts";

const lost = "0123456789abcdef0123456789abcdef";
const get = (path: string, lines: readonly string[] = [asAcme]): string =>
  [`GET ${path} HTTP/1.1`, "host: x", ...lines, "", ""].join("\r\n");
const streamPath = (query = ""): string => `/v1/requests/${lost}/stream${query}`;

const chatTerms = JSON.stringify({
  api: "chat",
  modelName: "fair-8b",
  createdEpochS: 1_700_000_000,
  includeUsage: true,
});
const head = `"id":"chatcmpl-${lost}","object":"chat.completion.chunk","created":1700000000,"model":"fair-8b"`;
const resumedAs = (replyTerms: string) =>
  ({
    kind: "resumed",
    requestId: lost as RequestId,
    replyTerms,
    model: "fair-8b",
    arrivedAtEpochMs: 1_700_000_000_999,
  }) as const;
const completed = {
  kind: "completed",
  reason: "stop",
  promptTokens: 7,
  cachedTokens: 0,
  outputTokens: 9,
} as const;

/** The id of the session that was asked to resume, and what it was asked. */
async function asked({ hears, heard }: ScriptedEdge): Promise<[RequestId, object]> {
  await hears("resume");
  const entry = heard.find(({ message }) => message.kind === "resume");
  assert.ok(entry);
  return [entry.requestId, entry.message];
}

test("a stream goes on in the dialect it began in, under its own id, without a second beginning", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  raw.write(get(streamPath("?after=6")));
  const [session, message] = await asked(stage);
  const { requestId, tenant, after } = message as Record<string, unknown>;
  assert.deepEqual([requestId, tenant, after], [lost, "acme", 6]);
  assert.notEqual(session, lost);
  stage.say(session, resumedAs(chatTerms));
  stage.say(session, { kind: "output", text: "on", outputTokens: 9, index: 8 });
  stage.say(session, completed);
  const text = await raw.receives(/\r\n0\r\n\r\n$/);
  assert.match(text, new RegExp(`x-request-id: ${lost}`));
  assert.deepEqual(chunksOf(text), [
    `id: 8\ndata: {${head},"choices":[{"index":0,"delta":{"content":"on"},"logprobs":null,"finish_reason":null}],"usage":null}\n\n`,
    `data: {${head},"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}\n\n`,
    `data: {${head},"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":9,"total_tokens":16,"prompt_tokens_details":{"cached_tokens":0}}}\n\n`,
    "data: [DONE]\n\n",
  ]);
});

test("what a key allows goes along; a stream of anything else is not found", async (context) => {
  const stage = await httpStage(context, silentScript);
  const { fleet } = stage.edge.view();
  const models = ["fair-8b:legal", "prod"];
  stage.edge.setFleet({ ...fleet, keys: fleet.keys.map((key) => ({ ...key, models })) });
  const raw = await rawClient(stage.port);
  raw.write(get(streamPath()));
  const [session, message] = await asked(stage);
  assert.deepEqual((message as ResumeStream).models, models);
  const refusal = { code: "request_not_found", message: "No." } as const;
  stage.say(session, { kind: "failed", refusal });
  assert.match(await raw.receives(/request_not_found/), /^HTTP\/1\.1 404 /);
});

test("from its first token it begins as it began", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  raw.write(get(`/v1/requests/chatcmpl-${lost}/stream`));
  const [session, message] = await asked(stage);
  assert.equal((message as { after: number }).after, -1);
  stage.say(session, resumedAs(chatTerms));
  stage.say(session, { kind: "output", text: "hel", outputTokens: 1, index: 0 });
  stage.say(session, completed);
  const [first] = chunksOf(await raw.receives(/\r\n0\r\n\r\n$/));
  assert.match(first ?? "", /^id: 0\ndata: .*"role":"assistant","content":"hel"/);
});

test("what came through another kind of door is told as a completion", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  raw.write(get(streamPath(), [asAcme, "last-event-id: 3"]));
  const [session, message] = await asked(stage);
  assert.equal((message as { after: number }).after, 3);
  stage.say(session, resumedAs(""));
  stage.say(session, { kind: "output", text: "on", outputTokens: 5, index: 4 });
  stage.say(session, completed);
  const text = await raw.receives(/\r\n0\r\n\r\n$/);
  assert.match(text, /"id":"cmpl-0123.*"object":"text_completion","created":1700000000/);
  assert.match(text, /"completion_tokens":9/);
});

test("until the stream is found a failure is a status, then it is an error event", async (context) => {
  const stage = await httpStage(context, silentScript);
  const early = await rawClient(stage.port);
  early.write(get(streamPath("?after=1")));
  const [session] = await asked(stage);
  stage.say(session, { kind: "failed", refusal: { code: "resume_gone", message: "Gone." } });
  const refused = await early.receives(/Gone\./);
  assert.match(refused, /^HTTP\/1\.1 410 /);
  assert.match(refused, /x-should-retry: false/);
  assert.match(refused, /"code":"resume_gone"/);

  const late = await rawClient(stage.port);
  late.write(get(streamPath("?after=1")));
  await stage.hears("resume", 2);
  const second = stage.heard.at(-1)?.requestId ?? session;
  stage.say(second, resumedAs(chatTerms));
  stage.say(second, { kind: "output", text: "on", outputTokens: 3, index: 2 });
  stage.say(second, {
    kind: "failed",
    refusal: { code: "stream_resumed_elsewhere", message: "There." },
  });
  const text = await late.closes();
  assert.match(text, /^HTTP\/1\.1 200 /);
  assert.match(chunksOf(text).at(-1) ?? "", /"code":"stream_resumed_elsewhere"/);
  assert.ok(!text.includes("[DONE]"));
});

for (const [path, lines, status, code] of [
  [streamPath("?after=-1"), [asAcme], 400, "invalid_request"],
  [streamPath("?after=1.5"), [asAcme], 400, "invalid_request"],
  [streamPath("?after="), [asAcme], 400, "invalid_request"],
  [streamPath("?after=9999999999"), [asAcme], 400, "invalid_request"],
  [streamPath("?after=1&after=2"), [asAcme], 400, "invalid_request"],
  [streamPath("?aftr=5"), [asAcme], 400, "unknown_parameter"],
  [streamPath("?after=5&verbose"), [asAcme], 400, "unknown_parameter"],
  [streamPath(), [asAcme, "last-event-id: x"], 400, "invalid_request"],
  [streamPath(), [], 401, "invalid_api_key"],
  ["/v1/requests//stream", [asAcme], 404, "unknown_url"],
  ["/v1/requests/a%2Fb/stream", [asAcme], 404, "unknown_url"],
] as const) {
  test(`${path} ${lines.at(1) ?? ""} is refused with ${code}`, async (context) => {
    const stage = await httpStage(context, silentScript);
    const raw = await rawClient(stage.port);
    raw.write(get(path, lines));
    const text = await raw.receives(/"code":"/);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(text, new RegExp(`"code":"${code}"`));
    assert.equal(stage.heard.length, 0);
  });
}

test("only GET reads a stream on, and not from an edge that goes away", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  raw.write(get(streamPath()).replace("GET", "POST"));
  assert.match(await raw.receives(/"code":"/), /^HTTP\/1\.1 405 [\s\S]*allow: GET/);
  await stage.edge.drain(0);
  const late = await rawClient(stage.port);
  late.write(get(streamPath()));
  assert.match(await late.receives(/"code":"/), /^HTTP\/1\.1 503 [\s\S]*"shutting_down"/);
});

test("who leaves while the stream is looked for, or while it is read, is gone", async (context) => {
  const stage = await httpStage(context, silentScript);
  for (const isFound of [false, true]) {
    const raw = await rawClient(stage.port);
    raw.write(get(streamPath()));
    await stage.hears("resume", isFound ? 2 : 1);
    const session = stage.heard.at(-1)?.requestId;
    assert.ok(session);
    if (isFound) {
      stage.say(session, resumedAs(chatTerms));
      stage.say(session, { kind: "output", text: "on", outputTokens: 3, index: 2 });
      await raw.receives(/"on"/);
    }
    raw.socket.destroy();
    await stage.hears("client-gone", isFound ? 2 : 1);
    assert.equal(stage.heard.at(-1)?.requestId, session);
  }
});

test(
  "a tenant reads on no more streams at once than it may have running, and readers who left make room",
  { timeout: 5_000 },
  async (context) => {
    const stage = await httpStage(context, silentScript);
    const many = await rawClient(stage.port);
    // Ten at once are this tenant's; they wait in one pipeline, unanswered.
    many.write(get(streamPath()).repeat(10));
    await stage.hears("resume", 10);
    const late = await rawClient(stage.port);
    late.write(get(streamPath()));
    const text = await late.receives(/"code":"/);
    assert.match(text, /^HTTP\/1\.1 429 /);
    assert.match(text, /"code":"too_many_resumes"/);
    assert.match(text, /retry-after-ms: 1000/);
    many.socket.destroy();
    late.socket.destroy();
    await stage.hears("client-gone", 10);
    // The burst is spent: one more is earned in a thirty-second part of a second.
    await sleep(50);
    const again = await rawClient(stage.port);
    again.write(get(streamPath()));
    await stage.hears("resume", 11);
    again.socket.destroy();
  },
);
