import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readEmbeddedConfig } from "./config.ts";
import { legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// One name, one execution: whoever repeats a request under its key gets what it brought, or is told to come back.

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

interface Reply {
  readonly status: number;
  readonly requestId: string;
  readonly headers: Headers;
  readonly body: string;
  readonly text: string;
  readonly lastId: string;
  readonly code: string | undefined;
}

interface Ask {
  readonly key?: string;
  readonly lastEventId?: string;
  readonly tenant?: string;
  readonly body: object;
  /** Hangs up after so many letters of the body. */
  readonly leaveAt?: number;
}

async function ask({ key, lastEventId, tenant = "acme", body, leaveAt }: Ask): Promise<Reply> {
  const leaving = new AbortController();
  const response = await fetch(`http://127.0.0.1:${platform.httpPort}/v1/completions`, {
    method: "POST",
    signal: leaving.signal,
    headers: {
      authorization: `Bearer fl-demo-${tenant}`,
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
    body: JSON.stringify({ model, ...body }),
  });
  const said = read(await bodyOf(response, leaveAt));
  leaving.abort();
  const requestId = response.headers.get("x-request-id") ?? "";
  return { status: response.status, requestId, headers: response.headers, ...said };
}

async function bodyOf(response: Response, leaveAt = Infinity): Promise<string> {
  let body = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    body += decoder.decode(piece as Uint8Array, { stream: true });
    if (body.length >= leaveAt) break;
  }
  return body;
}

function read(body: string): Pick<Reply, "body" | "text" | "lastId" | "code"> {
  if (!body.includes("data: ")) {
    const { choices = [], error } = JSON.parse(body) as Chunk;
    return { body, text: choices[0]?.text ?? "", lastId: "", code: error?.code };
  }
  // Of a stream that was left, whole events only.
  const events = body.slice(0, body.lastIndexOf("\n\n")).split("\n\n");
  const chunks = events
    .map((event) => event.slice(event.indexOf("data: ") + 6))
    .flatMap((data) => (data === "[DONE]" ? [] : [JSON.parse(data) as Chunk]));
  return {
    body,
    text: chunks.map(({ choices }) => choices?.[0]?.text ?? "").join(""),
    lastId: [...body.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? "",
    code: chunks.find(({ error }) => error !== undefined)?.error?.code,
  };
}

interface Chunk {
  readonly error?: { readonly code: string };
  readonly choices?: readonly { readonly text?: string }[];
}

interface Bill {
  readonly requestId: string;
  readonly outputTokens: number;
  readonly outcome: string;
}

/** Settled bills of the request, once there is one. */
async function billOf(requestId: string, tenant = "acme"): Promise<readonly Bill[]> {
  for (let turn = 0; turn < 100; turn++) {
    const url = `http://127.0.0.1:${platform.adminPort}/admin/v1/usage?tenant=${tenant}&limit=1000`;
    const { records } = (await (await fetch(url)).json()) as { readonly records: readonly Bill[] };
    const bills = records.filter((bill) => bill.requestId === requestId && bill.outcome !== "");
    if (bills.length > 0) return bills;
    await sleep(50);
  }
  return [];
}

const legal = (prompt: string, outputTokensMax: number): string =>
  legalText({ tenant: "acme", prompt, outputTokensMax });

test("a hundred at once under one key: one runs, the others are told to come back; then all get the same", async () => {
  const prompt = "a hundred at once";
  const body = { prompt, max_tokens: 400, stream: true };
  const legalWhole = legal(prompt, 400);
  const replies = await Promise.all(
    Array.from({ length: 100 }, () => ask({ key: "hundred", body })),
  );
  const served = replies.filter(({ status }) => status === 200);
  const others = replies.filter(({ status }) => status !== 200);
  assert.ok(served.length >= 1);
  const whole = served.filter(({ text }) => text === legalWhole);
  assert.ok(whole.length >= 1);
  for (const { status, code, headers } of others) {
    assert.deepEqual([status, code], [409, "idempotency_key_in_use"]);
    assert.equal(headers.get("retry-after"), "1");
  }
  const [first] = whole;
  assert.ok(first);
  assert.ok(replies.every(({ requestId }) => requestId === first.requestId));
  const again = await ask({ key: "hundred", body });
  assert.equal(again.text, first.text);
  assert.equal(again.requestId, first.requestId);
  const bills = await billOf(first.requestId);
  assert.deepEqual(
    bills.map(({ outputTokens }) => outputTokens),
    [first.text.length / 4],
  );
});

test("a reply in one piece is the same to the byte", async () => {
  const body = { prompt: "in one piece, twice", max_tokens: 20 };
  const first = await ask({ key: "piece", body });
  const second = await ask({ key: "piece", body });
  assert.equal(first.status, 200);
  assert.equal(second.body, first.body);
});

test("without a key, and under another tenant's, it is another request", async () => {
  const body = { prompt: "mine", max_tokens: 20 };
  const ids = await Promise.all([
    ask({ body }),
    ask({ body }),
    ask({ key: "mine", body }),
    ask({ key: "mine", tenant: "bolt", body }),
    ask({ key: "mine too", body }).catch(() => undefined),
  ]);
  assert.equal(new Set(ids.slice(0, 4).map((reply) => reply?.requestId)).size, 4);
  const bolts = legalText({ tenant: "bolt", prompt: "mine", outputTokensMax: 20 });
  assert.equal(ids[3]?.text, bolts);
});

test("the same key for something else is refused by name", async () => {
  const body = { prompt: "for something", max_tokens: 20 };
  await ask({ key: "else", body });
  const other = await ask({ key: "else", body: { ...body, prompt: "for something else" } });
  assert.deepEqual([other.status, other.code], [422, "idempotency_key_mismatch"]);
  const longer = await ask({ key: "else", body: { ...body, max_tokens: 21 } });
  assert.equal(longer.status, 422);
  assert.equal((await ask({ key: "else", body })).text, legal("for something", 20));
});

test("who lost a stream asks for it again with what it has, and gets what follows", async () => {
  const prompt = "asked for again";
  const body = { prompt, max_tokens: 300, stream: true };
  const lost = ask({ key: "again", body });
  await sleep(400);
  const rest = await ask({ key: "again", lastEventId: "4", body });
  assert.equal(rest.status, 200);
  assert.equal(legal(prompt, 300).slice(0, 20) + rest.text, legal(prompt, 300));
  assert.equal((await lost).code, "stream_resumed_elsewhere");
  const over = await ask({ key: "again", lastEventId: "7", body });
  assert.equal(legal(prompt, 300).slice(0, 32) + over.text, legal(prompt, 300));
  const bills = await billOf(rest.requestId);
  assert.deepEqual(
    bills.map(({ outputTokens }) => outputTokens),
    [legal(prompt, 300).length / 4],
  );
});

test("what was cut off is over and billed: under the same key it runs once more, as a request of its own", async () => {
  const prompt = "cut off";
  const body = { prompt, max_tokens: 400, stream: true };
  const cut = await ask({ key: "cut", body, leaveAt: 2000 });
  assert.ok(cut.text.length < legal(prompt, 400).length);
  const [bill] = await billOf(cut.requestId);
  assert.equal(bill?.outcome, "cancelled");
  const again = await ask({ key: "cut", body });
  assert.equal(again.text, legal(prompt, 400));
  assert.notEqual(again.requestId, cut.requestId);
  const [second] = await billOf(again.requestId);
  assert.equal(second?.outputTokens, legal(prompt, 400).length / 4);
});

for (const key of ["two words", "x".repeat(256), "h\u00e9"]) {
  test(`the key ${key.slice(0, 9)} (${key.length}) is none`, async () => {
    const reply = await ask({ key, body: { prompt: "p", max_tokens: 1 } });
    assert.deepEqual([reply.status, reply.code], [400, "invalid_request"]);
  });
}
