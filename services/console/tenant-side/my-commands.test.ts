import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { runCommandLine } from "#services/console/command-line.ts";

// The command line against a door that answers as the edge does; what it asked is written down.

const figures = {
  requests: 3,
  settled_requests: 2,
  prompt_tokens: 30,
  cached_tokens: 4,
  completion_tokens: 9,
  total_tokens: 39,
};
const record = {
  id: "r7",
  object: "usage.request",
  arrived_at: "2026-11-30T10:00:00.000Z",
  status: "settled",
  outcome: "stop",
  model: "m",
  adapter: "tone",
  adapter_digest: "ab".repeat(32),
  class: "interactive",
  zone: null,
  usage: {
    prompt_tokens: 10,
    completion_tokens: 3,
    total_tokens: 13,
    prompt_tokens_details: { cached_tokens: 4 },
  },
};
const answers: Readonly<Record<string, object>> = {
  "/v1/usage": {
    object: "usage",
    from: "A",
    to: "B",
    step: "hour",
    by: ["model", "adapter"],
    totals: figures,
    data: [{ start: "A", model: "m", adapter: null, adapter_digest: "ab".repeat(32), ...figures }],
  },
  "/v1/usage/requests": { object: "list", data: [record], has_more: true },
  "/v1/usage/requests/r7": record,
  "/v1/quotas": {
    object: "list",
    data: [
      {
        period: "day",
        metric: "tokens",
        mode: "hard",
        limit: 100,
        used: 30,
        left: 70,
        resets_at: "C",
      },
      {
        period: "month",
        metric: "tokens",
        mode: "hard",
        limit: 900,
        used: null,
        left: null,
        resets_at: "D",
      },
    ],
  },
  "/v1/invoices": {
    object: "list",
    data: [
      {
        number: "FL-7",
        period: "2026-10",
        currency: "EUR",
        total: "12.30",
        issued_at: "E",
        status: "issued",
      },
    ],
  },
  "/v1/invoices/FL-7": { number: "FL-7", total: "12.30" },
};

let asked: string[] = [];
const door = createServer(({ url = "", headers }, response) => {
  asked.push(`${url} ${headers.authorization}`);
  const [path = "", query = ""] = url.split("?");
  if (query.includes("format=csv")) {
    response.writeHead(200, { "content-type": "text/csv" });
    return response.end("a,b\r\n1,2\r\n");
  }
  const answer = answers[path];
  const error = { code: "invalid_request", message: "No.", param: "from" };
  response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
  return response.end(JSON.stringify(answer ?? { error }));
});
await new Promise<void>((resolve) => {
  door.listen(0, "127.0.0.1", resolve);
});
after(() => door.close());

async function run(...words: readonly string[]) {
  asked = [];
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = await runCommandLine(words, {
    environment: {
      FAIRLEAD_HTTP_PORT: String((door.address() as AddressInfo).port),
      FAIRLEAD_API_KEY: "key-of-acme",
    },
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: printed.join("\n"), complaint: complaints.join("\n") };
}

test("usage is a table and its sum; so long ago needs no minus sign", async () => {
  const { code, out } = await run(
    "my",
    "usage",
    "--from",
    "24h",
    "--by",
    "model,adapter",
    "--step",
    "hour",
  );
  assert.equal(code, 0);
  assert.deepEqual(asked, ["/v1/usage?from=24h&by=model%2Cadapter&step=hour Bearer key-of-acme"]);
  assert.match(
    out,
    /^FROM  MODEL  ADAPTER       REQUESTS  PROMPT  CACHED  OUTPUT\nA     m      abababababab         3      30 /,
  );
  assert.match(
    out,
    /\n\nA to B by hour: 3 requests \(1 of them open\), 30 prompt tokens \(4 cached\), 9 output tokens$/,
  );
});

test("requests are a page with the way to the next, and one is all that is known of it", async () => {
  const list = await run("my", "requests", "--limit", "1");
  assert.deepEqual(asked, ["/v1/usage/requests?limit=1 Bearer key-of-acme"]);
  assert.match(
    list.out,
    /\nr7 +2026-11-30T10:00:00\.000Z +m +tone +interactive +stop +10 +4 +3\nthere are more: --after r7$/,
  );
  const one = await run("my", "requests", "r7");
  assert.match(one.out, /  id +r7\n/);
  assert.match(one.out, /  cached_tokens +4\n/);
  assert.doesNotMatch(one.out, /zone|object/);
  assert.equal((await run("my", "requests", "r7", "--json")).out, JSON.stringify(record));
});

test("quotas and invoices are tables; one invoice is itself", async () => {
  assert.match(
    (await run("my", "quotas")).out,
    /day +tokens +hard +100 +30 +70 +C\nmonth .* not asked yet +D$/,
  );
  assert.match((await run("my", "invoices")).out, /FL-7 +2026-10 +12\.30 +EUR +E +issued$/);
  assert.match((await run("my", "invoices", "FL-7")).out, /"total": "12\.30"/);
});

test("another format is printed as it comes", async () => {
  for (const words of [["usage"], ["requests"], ["invoices", "FL-7"]]) {
    const { out } = await run("my", ...words, "--format", "csv");
    assert.equal(out, "a,b\r\n1,2");
  }
});

test("a wrong command line is 2 and asks nobody; a refusal is 1, with what is at fault", async () => {
  for (const words of [
    ["my"],
    ["my", "money"],
    ["my", "usage", "r7"],
    ["my", "quotas", "--from", "24h"],
    ["my", "requests", "r7", "--limit", "3"],
    ["my", "usage", "--tenant", "bolt"],
  ]) {
    const { code, complaint } = await run(...words);
    assert.deepEqual([code, asked], [2, []], `${words.join(" ")}: ${complaint}`);
  }
  const refused = await run("my", "requests", "r8");
  assert.deepEqual([refused.code, refused.complaint], [1, "fairlead: No. (from)"]);
  assert.equal((await run("my", "requests", "r8", "--format", "csv")).code, 2);
});
