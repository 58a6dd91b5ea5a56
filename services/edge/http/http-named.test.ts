import assert from "node:assert/strict";
import { test } from "node:test";
import type { Open } from "#shared/messages/open-request.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { helloScript, silentScript } from "#services/edge/scripted-edge.cases.ts";
import { httpStage } from "./http-stage.cases.ts";
import { asAcme, post, rawClient } from "./raw-client.cases.ts";

const body = JSON.stringify({ model: "fair-8b", prompt: "hi", stream: true });
const whole = JSON.stringify({ model: "fair-8b", prompt: "hi" });
const asBolt = "authorization: Bearer key-bolt";
const named = (key: string, ...more: readonly string[]): Buffer =>
  post("/v1/completions", body, [asAcme, `idempotency-key: ${key}`, ...more]);

test("a key makes the request's id, its tenant and what it asks for count in, and goes no further", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  raw.write(named("secret-name"));
  raw.write(named("secret-name"));
  raw.write(named("other-name"));
  raw.write(post("/v1/completions", whole, [asBolt, "idempotency-key: secret-name"]));
  raw.write(
    post("/v1/completions", body.replace("hi", "ho"), [asAcme, "idempotency-key: secret-name"]),
  );
  raw.write(post("/v1/completions", body, [asAcme]));
  await stage.hears("open", 6);
  const [first, same, renamed, bolts, other, nameless] = stage.opens() as [
    Open,
    Open,
    Open,
    Open,
    Open,
    Open,
  ];
  assert.equal(same.requestId, first.requestId);
  assert.deepEqual(same.idempotency, first.idempotency);
  const ids = [first, renamed, bolts, other, nameless].map(({ requestId }) => requestId);
  assert.equal(new Set(ids).size, 5);
  assert.equal(other.idempotency?.key, first.idempotency?.key);
  assert.notEqual(other.idempotency?.body, first.idempotency?.body);
  assert.notEqual(bolts.idempotency?.key, first.idempotency?.key);
  assert.equal(nameless.idempotency, undefined);
  // The same seed for the same name, though none was asked for.
  assert.equal(same.sampling.seed, first.sampling.seed);
  assert.ok(first.sampling.seed !== undefined && nameless.sampling.seed === undefined);
  const sessions = stage.heard.slice(0, 6).map(({ requestId }) => requestId);
  assert.equal(new Set(sessions).size, 6, "each call has a session of its own");
  assert.ok(!JSON.stringify(stage.heard).includes("secret-name"));
});

test("the reply bears the request's id, and what ran under the name before bears the one that it had", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  raw.write(named("again", "last-event-id: 4"));
  await stage.hears("open");
  const [heard] = stage.heard;
  assert.ok(heard);
  assert.equal((heard.message as Open).after, 4);
  const holder = "0123456789abcdef0123456789abcdef" as RequestId;
  const resumed = { replyTerms: "", model: "fair-8b", arrivedAtEpochMs: 1_700_000_000_999 };
  stage.say(heard.requestId, { kind: "resumed", requestId: holder, ...resumed });
  stage.say(heard.requestId, { kind: "output", text: "on", outputTokens: 6, index: 5 });
  const text = await raw.receives(/"on"/);
  assert.match(text, /x-request-id: 0123456789abcdef/);
  assert.match(text, /id: 5\ndata: \{"id":"cmpl-0123456789abcdef.*"created":1700000000,/);
});

test("a run that is over is followed by the next, eight of them at most", async (context) => {
  const over: ToClient = {
    kind: "failed",
    refusal: { code: "idempotency_run_over", message: "Cut off too often." },
  };
  const stage = await httpStage(context, (open) =>
    (open.idempotency?.run ?? 0) < 2 ? [over] : helloScript(open),
  );
  const raw = await rawClient(stage.port);
  raw.write(named("cut"));
  assert.match(await raw.receives(/\[DONE\]/), /^HTTP\/1\.1 200 /);
  const opens = stage.opens();
  assert.deepEqual(
    opens.map(({ idempotency }) => idempotency?.run),
    [0, 1, 2],
  );
  assert.equal(new Set(opens.map(({ requestId }) => requestId)).size, 3);

  const hopeless = await httpStage(context, () => [over]);
  const late = await rawClient(hopeless.port);
  late.write(named("cut"));
  const text = await late.receives(/"code":"/);
  assert.match(text, /^HTTP\/1\.1 409 [\s\S]*"code":"idempotency_key_spent"/);
  assert.equal(hopeless.opens().length, 8);
});

for (const [what, lines, param] of [
  ["an empty key", ["idempotency-key: "], "Idempotency-Key"],
  ["a key with a blank", ["idempotency-key: a b"], "Idempotency-Key"],
  ["two keys", ["idempotency-key: a", "idempotency-key: b"], "Idempotency-Key"],
  ["a key of 256 letters", [`idempotency-key: ${"k".repeat(256)}`], "Idempotency-Key"],
  ["a position that is none", ["idempotency-key: k", "last-event-id: soon"], "after"],
] as const) {
  test(`${what} is refused by name`, async (context) => {
    const stage = await httpStage(context, silentScript);
    const raw = await rawClient(stage.port);
    raw.write(post("/v1/completions", body, [asAcme, ...lines]));
    const text = await raw.receives(/"code":"/);
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.match(text, new RegExp(`"param":"${param}"`));
    assert.equal(stage.heard.length, 0);
  });
}

test("overload is refused before the body is read, with a time to come back; a lost stream is not", async (context) => {
  const stage = await httpStage(context, () => [
    {
      kind: "failed",
      refusal: { code: "overloaded", message: "Too long.", retryAfterMs: 30_000 },
    },
  ]);
  const first = await rawClient(stage.port);
  first.write(post("/v1/completions", body, [asAcme]));
  assert.match(await first.receives(/"code":"/), /^HTTP\/1\.1 503 [\s\S]*retry-after: 30\r/);
  const early = await rawClient(stage.port);
  // Not a byte of the body follows.
  early.write(post("/v1/completions", body, [asAcme]).subarray(0, -body.length));
  const text = await early.receives(/"code":"overloaded"/);
  assert.match(text, /^HTTP\/1\.1 503 [\s\S]*retry-after: [12]\r/);
  assert.equal(stage.opens().length, 1);
  const lost = await rawClient(stage.port);
  lost.write(named("lost", "last-event-id: 4"));
  await stage.hears("open", 2);
});
