import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpStage } from "./http-stage.cases.ts";
import { gather, httpStage } from "./http-stage.cases.ts";
import { asAcme, post, rawClient } from "./raw-client.cases.ts";
import { limitsOfTests, silentScript } from "#services/edge/scripted-edge.cases.ts";

const body = (isStreamed: boolean): string =>
  JSON.stringify({ model: "fair-8b", prompt: "hi", stream: isStreamed });

interface Window {
  readonly isStreamed: boolean;
  /** What the session said before the client left. */
  readonly said: "nothing" | "admitted" | "output";
}

const windows: Readonly<Record<string, Window>> = {
  queued: { isStreamed: true, said: "nothing" },
  "before the first byte": { isStreamed: true, said: "admitted" },
  "mid-stream": { isStreamed: true, said: "output" },
  "not streamed": { isStreamed: false, said: "output" },
};

async function leaveIn(stage: HttpStage, window: Window, how: "end" | "reset"): Promise<void> {
  const raw = await rawClient(stage.port);
  const opened = stage.hears("open", stage.opens().length + 1);
  const gone = stage.hears(
    "client-gone",
    stage.kindsHeard().filter((kind) => kind === "client-gone").length + 1,
  );
  raw.write(post("/v1/completions", body(window.isStreamed), [asAcme]));
  await opened;
  const requestId = stage.opens().at(-1)?.requestId;
  assert.ok(requestId !== undefined);
  if (window.said !== "nothing") stage.say(requestId, { kind: "admitted", limits: limitsOfTests });
  if (window.said === "output") {
    stage.say(requestId, { kind: "output", text: "hello ", outputTokens: 1, index: 0 });
    if (window.isStreamed) await raw.receives(/hello/);
  }
  if (how === "end") raw.socket.end();
  else raw.socket.resetAndDestroy();
  await gone;
  stage.say(requestId, { kind: "output", text: "too late", outputTokens: 2, index: 1 });
  assert.ok(!raw.received().includes("too late"));
}

for (const [name, window] of Object.entries(windows)) {
  test(`a client that leaves ${name} is gone for its session, once, closing or resetting`, async (context) => {
    const stage = await httpStage(context, silentScript);
    await leaveIn(stage, window, "end");
    await leaveIn(stage, window, "reset");
    assert.deepEqual(stage.kindsHeard(), ["open", "client-gone", "open", "client-gone"]);
    assert.equal(stage.edge.openCalls(), 0);
  });
}

test("a client that leaves with a second request behind its first is gone for both", async (context) => {
  const stage = await httpStage(context, silentScript);
  const raw = await rawClient(stage.port);
  const request = post("/v1/completions", body(true), [asAcme]);
  raw.write(Buffer.concat([request, request]));
  await stage.hears("open", 2);
  raw.socket.destroy();
  await stage.hears("client-gone", 2);
  assert.equal(stage.edge.openCalls(), 0);
});

test("many calls on one connection are all gone with it, and no leak is suspected", async (context) => {
  const stage = await httpStage(context, silentScript);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  context.after(() => process.off("warning", onWarning));
  const raw = await rawClient(stage.port);
  const request = post("/v1/completions", body(true), [asAcme]);
  raw.write(Buffer.concat(Array.from({ length: 20 }, () => request)));
  await stage.hears("open", 20);
  raw.socket.resetAndDestroy();
  await stage.hears("client-gone", 20);
  assert.deepEqual(warnings, []);
});

test("random clients that leave at random moments leave no call behind", async (context) => {
  const stage = await httpStage(context, () => [
    { kind: "output", text: "hello ", outputTokens: 1, index: 0 },
  ]);
  const request = post("/v1/completions", body(true), [asAcme]);
  for (let round = 0; round < 20; round++) {
    const clients = await Promise.all(Array.from({ length: 10 }, () => rawClient(stage.port)));
    for (const [index, raw] of clients.entries()) {
      raw.write(request.subarray(0, index % 2 === 0 ? request.length : request.length - index));
    }
    await new Promise((resolve) => setTimeout(resolve, round % 4));
    for (const [index, raw] of clients.entries()) {
      if (index % 3 === 0) raw.socket.resetAndDestroy();
      else raw.socket.destroy();
    }
  }
  // What is still on its way opens first. Whoever got in is told gone, and a while later that is still so.
  assert.ok(stage.opens().length > 0);
  for (let calmMs = 0; calmMs < 300; calmMs += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await stage.hears("client-gone", stage.opens().length);
    if (stage.edge.openCalls() > 0 || stage.edge.bodies.bytes > 0) calmMs = 0;
  }
});

test("the official client's break out of a stream reaches the session", async (context) => {
  const stage = await httpStage(context, () => [
    { kind: "output", text: "hello ", outputTokens: 1, index: 0 },
  ]);
  const stream = await stage
    .client()
    .completions.create({ model: "fair-8b", prompt: "hi", stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0]?.text, "hello ");
    break;
  }
  await stage.hears("client-gone");
});

test("a reader that stops pauses its session, and one that goes on makes it ready, each told in turn", async (context) => {
  const stage = await httpStage(context, silentScript, { writeBufferBytesMax: 64_000_000 });
  const stream = await (async () => {
    const raw = await rawClient(stage.port);
    raw.write(post("/v1/completions", body(true), [asAcme]));
    await stage.hears("open");
    return raw;
  })();
  const requestId = stage.opens()[0]?.requestId;
  assert.ok(requestId !== undefined);
  stream.socket.pause();
  const text = "x".repeat(65_536);
  let said = 0;
  // The kernel's buffers grow for a while: a pause that lasts is a full socket.
  for (let quietTurns = 0; quietTurns < 50; quietTurns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (stage.kindsHeard().at(-1) === "client-paused") continue;
    quietTurns = 0;
    stage.say(requestId, { kind: "output", text, outputTokens: ++said, index: said - 1 });
    assert.ok(said < 2000, "the socket must fill");
  }
  const pauses = stage.kindsHeard().length;
  stage.say(requestId, { kind: "output", text, outputTokens: ++said, index: said - 1 });
  assert.equal(stage.kindsHeard().length, pauses, "told only when it changes");
  stream.socket.resume();
  while (stage.kindsHeard().at(-1) !== "client-ready") {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  stage.say(requestId, {
    kind: "completed",
    reason: "stop",
    promptTokens: 1,
    cachedTokens: 0,
    outputTokens: said,
  });
  const received = await stream.receives(/\[DONE\]/);
  assert.equal(received.split("x".repeat(65_536)).length - 1, said);
  const told = stage.kindsHeard().slice(1);
  assert.ok(
    told.every((kind, index) => kind === (index % 2 === 0 ? "client-paused" : "client-ready")),
  );
});

test("a session that does not pause for a full socket is cut off before it costs memory", async (context) => {
  const stage = await httpStage(context, silentScript, { writeBufferBytesMax: 262_144 });
  const raw = await rawClient(stage.port);
  raw.write(post("/v1/completions", body(true), [asAcme]));
  await stage.hears("open");
  const requestId = stage.opens()[0]?.requestId;
  assert.ok(requestId !== undefined);
  raw.socket.pause();
  for (let said = 0; said < 1000 && stage.edge.openCalls() > 0; said++) {
    stage.say(requestId, {
      kind: "output",
      text: "x".repeat(65_536),
      outputTokens: said,
      index: said,
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stage.hears("client-gone");
  raw.socket.resume();
  assert.ok(!(await raw.closes()).includes("[DONE]"));
});

test("whole replies and streams that no one reads lose their socket", async (context) => {
  const stage = await httpStage(context, silentScript, { slowReaderMs: 200 });
  for (const isStreamed of [true, false]) {
    const raw = await rawClient(stage.port);
    raw.write(post("/v1/completions", body(isStreamed), [asAcme]));
    await stage.hears("open", isStreamed ? 1 : 2);
    const requestId = stage.opens().at(-1)?.requestId;
    assert.ok(requestId !== undefined);
    raw.socket.pause();
    stage.say(requestId, {
      kind: "output",
      text: "x".repeat(20_000_000),
      outputTokens: 1,
      index: 0,
    });
    stage.say(requestId, {
      kind: "completed",
      reason: "stop",
      promptTokens: 1,
      cachedTokens: 0,
      outputTokens: 1,
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    raw.socket.resume();
    assert.ok((await raw.closes()).length < 20_000_000);
  }
});

test("two calls of one edge never see each other's text", async (context) => {
  const stage = await httpStage(context, ({ promptBytes, promptTokens }) => [
    { kind: "output", text: Buffer.from(promptBytes).toString(), outputTokens: 1, index: 0 },
    { kind: "completed", reason: "stop", promptTokens, cachedTokens: 0, outputTokens: 1 },
  ]);
  const client = stage.client();
  const replies = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const prompt = `prompt ${index}`;
      const stream = await client.completions.create({ model: "fair-8b", prompt, stream: true });
      const chunks = await gather(stream);
      return chunks.map((chunk) => chunk.choices[0]?.text).join("") === prompt;
    }),
  );
  assert.ok(replies.every(Boolean));
});
