import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { before, test } from "node:test";
import OpenAI from "openai";
import { readEmbeddedConfig } from "./config.ts";
import { chatPrompt, legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// A client loses its stream half-way, by its own socket, and reads it on: what it has together is the oracle's text.

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

interface Stream {
  readonly requestId: string;
  readonly status: number;
  text: string;
  /** As events name them. */
  lastId: string;
  finishReason: string;
  outputTokens: number | undefined;
  isDone: boolean;
  error: { readonly code: string } | undefined;
}

interface Chunk {
  readonly error?: { readonly code: string };
  readonly usage?: { readonly completion_tokens: number } | null;
  readonly choices?: readonly {
    readonly text?: string;
    readonly delta?: { readonly content?: string };
    readonly finish_reason: string | null;
  }[];
}

interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly key?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly onStart?: (requestId: string) => void;
  /** Destroys the socket as soon as so much text has come. */
  readonly leaveAtLength?: number;
}

interface Answer {
  readonly response: IncomingMessage;
  readonly leave: () => void;
}

const answerOf = ({ method, path, key = "fl-demo-acme", body, headers }: Call): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`http://127.0.0.1:${platform.httpPort}/v1${path}`, {
      method,
      agent: false,
      headers: { authorization: `Bearer ${key}`, ...headers },
    });
    request.on("error", reject);
    request.on("response", (response) => resolve({ response, leave: () => request.destroy() }));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** Speaks the wire itself: what it has when its socket is gone is what it keeps. */
async function read(call: Call): Promise<Stream> {
  const { leaveAtLength = Infinity } = call;
  const { response, leave } = await answerOf(call);
  const stream: Stream = {
    requestId: String(response.headers["x-request-id"]),
    status: Number(response.statusCode),
    text: "",
    lastId: "",
    finishReason: "",
    outputTokens: undefined,
    isDone: false,
    error: undefined,
  };
  call.onStart?.(stream.requestId);
  let unread = "";
  response.setEncoding("utf8");
  for await (const piece of response) {
    const events = (unread + String(piece)).split("\n\n");
    unread = events.pop() ?? "";
    for (const event of events) take(stream, event);
    if (stream.text.length < leaveAtLength) continue;
    leave();
    return stream;
  }
  if (stream.status !== 200) stream.error = (JSON.parse(unread) as Chunk).error;
  return stream;
}

const lineOf = (event: string, name: string): string | undefined =>
  event
    .split("\n")
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

function take(stream: Stream, event: string): void {
  stream.lastId = lineOf(event, "id") ?? stream.lastId;
  const data = lineOf(event, "data") ?? "";
  if (data === "[DONE]") {
    stream.isDone = true;
    return;
  }
  const { choices = [], usage, error } = JSON.parse(data) as Chunk;
  stream.outputTokens = usage?.completion_tokens ?? stream.outputTokens;
  stream.error = error;
  for (const { text, delta, finish_reason: reason } of choices) {
    stream.text += text ?? delta?.content ?? "";
    stream.finishReason = reason ?? stream.finishReason;
  }
}

const streamOf = (requestId: string, query = ""): string => `/requests/${requestId}/stream${query}`;
const resume = (lost: Stream, more: Partial<Call> = {}): Promise<Stream> =>
  read({ method: "GET", path: streamOf(lost.requestId, `?after=${lost.lastId}`), ...more });

const wordy = { model, max_tokens: 3000, stream: true } as const;

test("another reader takes a chat over and reads it to its end; the first one is told", async () => {
  const content = "taken over";
  const body = {
    ...wordy,
    messages: [{ role: "user", content }],
    max_tokens: 80,
    stream_options: { include_usage: true },
  };
  const started = Promise.withResolvers<string>();
  const onStart = started.resolve;
  const first = read({ method: "POST", path: "/chat/completions", body, onStart });
  const requestId = await started.promise;
  const second = await read({ method: "GET", path: streamOf(`chatcmpl-${requestId}`) });
  const legal = legalText({ tenant: "acme", prompt: chatPrompt(content), outputTokensMax: 80 });
  assert.equal(second.text, legal);
  assert.equal(second.requestId, requestId);
  assert.ok(second.isDone);
  assert.equal(second.outputTokens, legal.length / 4);
  const lost = await first;
  assert.equal(lost.error?.code, "stream_resumed_elsewhere");
  assert.ok(!lost.isDone && legal.startsWith(lost.text));
});

test("who hung up can have all that was generated until then, and is told that it is cut", async () => {
  const body = { ...wordy, prompt: "hang up" };
  const lost = await read({ method: "POST", path: "/completions", body, leaveAtLength: 100 });
  const rest = await resume(lost);
  assert.equal(rest.status, 200);
  assert.equal(rest.error?.code, "request_cancelled");
  assert.ok(!rest.isDone && rest.finishReason === "");
  const legal = legalText({ tenant: "acme", prompt: "hang up", outputTokensMax: 3000 });
  assert.ok(legal.startsWith(lost.text + rest.text), "no token lost, none twice");
  const again = await read({ method: "GET", path: streamOf(lost.requestId) });
  assert.equal(again.text, lost.text + rest.text, "as often as it is asked for");
});

for (const [name, path, asked] of [
  ["a chat", "/chat/completions", { messages: [{ role: "user", content: "over, lost" }] }],
  ["a completion", "/completions", { prompt: "over, lost" }],
] as const) {
  test(`${name} that is over reads on from every event, to the same end`, async () => {
    const body = { model, max_tokens: 40, stream: true, ...asked };
    const whole = await read({ method: "POST", path, body });
    assert.ok(whole.isDone);
    const prompt = "prompt" in asked ? asked.prompt : chatPrompt("over, lost");
    assert.equal(whole.text, legalText({ tenant: "acme", prompt, outputTokensMax: 40 }));
    for (let after = 0; after < 40; after += 3) {
      const lost = { ...whole, lastId: String(after) };
      const rest = await resume(lost);
      assert.equal(whole.text.slice(0, 4 * (after + 1)) + rest.text, whole.text);
      assert.equal(rest.finishReason, whole.finishReason);
      assert.ok(rest.isDone);
    }
    const header = { "last-event-id": "5" };
    const byHeader = await read({
      method: "GET",
      path: streamOf(whole.requestId),
      headers: header,
    });
    assert.equal(byHeader.text, whole.text.slice(24));
  });
}

test("a stop string stays unseen from wherever the client reads on", async () => {
  const legal = legalText({ tenant: "acme", prompt: "stopped", outputTokensMax: 200 });
  // Across two tokens, the second half of one and the first of the next.
  const stop = legal.slice(4 * 9 + 2, 4 * 11 + 2);
  const body = { model, prompt: "stopped", max_tokens: 200, stop, stream: true };
  const whole = await read({ method: "POST", path: "/completions", body });
  const shown = legal.slice(0, legal.indexOf(stop));
  assert.equal(whole.text, shown);
  for (let after = 0; after <= Number(whole.lastId); after++) {
    const rest = await resume({ ...whole, lastId: String(after) });
    assert.ok(shown.endsWith(rest.text) && rest.finishReason === "stop" && rest.isDone);
    assert.ok(rest.text.length <= shown.length - 4 * after, `after ${after}: ${rest.text}`);
  }
});

test("a reply that was asked for in one piece can be read as a stream", async () => {
  const { data, response } = await new OpenAI({
    apiKey: "fl-demo-acme",
    baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
  }).completions
    .create({ model, prompt: "in one piece", max_tokens: 20 })
    .withResponse();
  const requestId = response.headers.get("x-request-id") ?? "";
  const streamed = await read({ method: "GET", path: streamOf(requestId) });
  assert.equal(streamed.text, data.choices[0]?.text);
  assert.ok(streamed.isDone);
});

test("what cannot be read on is refused by name, and nobody learns of another tenant's", async () => {
  const body = { model, prompt: "mine", max_tokens: 12, stream: true };
  const whole = await read({ method: "POST", path: "/completions", body });
  const refusal = async (path: string, key = "fl-demo-acme"): Promise<[number, object]> => {
    const { status, error } = await read({ method: "GET", path, key });
    assert.ok(error);
    return [status, error];
  };
  const [foreign, unknown, beyond, noNumber] = [
    await refusal(streamOf(whole.requestId), "fl-demo-bolt"),
    await refusal(streamOf("0".repeat(32)), "fl-demo-bolt"),
    await refusal(streamOf(whole.requestId, "?after=13")),
    await refusal(streamOf(whole.requestId, "?after=soon")),
  ];
  assert.equal(foreign[0], 404);
  assert.deepEqual(foreign, unknown);
  assert.deepEqual(
    [beyond[0], (beyond[1] as { code: string }).code],
    [400, "resume_beyond_output"],
  );
  assert.deepEqual([noNumber[0], (noNumber[1] as { code: string }).code], [400, "invalid_request"]);
  const stranger = await read({ method: "GET", path: streamOf(whole.requestId), key: "fl-no" });
  assert.equal(stranger.status, 401);
});

test("the platform ends drained, however lately its streams were taken over", async () => {
  await platform.drain();
  const nothing = { ownedRequests: 0, unsettledCharges: 0, kvBlocksHeld: 0 };
  assert.deepEqual(platform.proof(), nothing);
});
