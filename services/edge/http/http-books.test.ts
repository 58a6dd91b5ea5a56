import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CursorPage } from "openai/pagination";
import type { BooksDesk, BooksRecord } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";
import type { ApiKey } from "#shared/model/api-key.ts";
import type { AdapterDigest, RequestId } from "#shared/model/ids.ts";
import { fleetOfTests, helloScript } from "#services/edge/scripted-edge.cases.ts";
import { httpStage } from "./http-stage.cases.ts";

const legal = fleetOfTests.adapters[0]?.digest ?? ("" as AdapterDigest);

const recordOf = (at: number): BooksRecord => ({
  requestId: `r${at}` as RequestId,
  isFinal: true,
  arrivedAtEpochMs: Date.UTC(2026, 10, 30, 12, 0, at),
  model: "fair-8b",
  modelVersion: "fair-8b@1",
  adapterDigest: legal,
  poolClass: "interactive",
  tier: "business",
  zone: "eu-a",
  outcome: "stop",
  promptTokens: 12,
  cachedTokens: 4,
  outputTokens: 7,
  splitAtEpochMs: 0,
  outputTokensBefore: 0,
  queueMs: 1.6,
  attempts: 1,
});

interface Books extends BooksDesk {
  readonly asked: unknown[];
}

/** Acme's alone, five requests; all that it is asked is written down. */
function scriptedBooks(change: Partial<BooksDesk> = {}): Books {
  const asked: unknown[] = [];
  const own = [5, 4, 3, 2, 1].map(recordOf);
  return {
    asked,
    series: async (tenant, what) => {
      asked.push({ tenant, ...what });
      const figures = {
        requests: 2,
        settledRequests: 1,
        promptTokens: 30,
        cachedTokens: 4,
        outputTokens: 9,
      };
      const group = { model: "fair-8b", adapter: legal, class: "interactive" };
      return [0, 3_600_000].map((ms) => ({
        startsAtEpochMs: what.fromEpochMs + ms,
        group: Object.fromEntries(what.by.map((one) => [one, group[one]])),
        ...figures,
      }));
    },
    records: async (tenant, what) => {
      asked.push({ tenant, ...what });
      const at = own.findIndex(({ requestId }) => requestId === what.after);
      if (what.after !== undefined && at < 0) return undefined;
      return tenant === "acme" ? own.slice(at + 1).slice(0, what.limit) : [];
    },
    record: async (tenant, what) => {
      asked.push({ tenant, ...what });
      return tenant === "acme" ? own.find((one) => one.requestId === what.requestId) : undefined;
    },
    quotas: async () => [
      { period: "day", metric: "tokens", mode: "hard", limit: 100, used: 30, endsAtEpochMs: 0 },
      { period: "month", metric: "tokens", mode: "soft", limit: 900, endsAtEpochMs: 0 },
    ],
    invoices: async () => [
      {
        number: "FL-7",
        period: "2026-10",
        currency: "EUR",
        total: "12.30",
        issuedAtEpochMs: 0,
        isVoid: false,
      },
    ],
    invoice: async (_, { number, format }) =>
      number === "FL-7" ? `an invoice, ${format}` : undefined,
    ...change,
  };
}

async function stage(context: TestContext, books: BooksDesk | undefined = scriptedBooks()) {
  const desks = books === undefined ? {} : { books };
  const { port, edge, client, notes } = await httpStage(context, helloScript, {}, desks);
  const ask = async (path: string, headers: Record<string, string> = {}, key = "key-acme") => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    const body = (isJson ? JSON.parse(text) : {}) as Record<string, unknown> & {
      readonly error?: { readonly code: string; readonly param: string | null };
    };
    const { code, param } = body.error ?? {};
    return { status: response.status, text, body, code, param, headers: response.headers };
  };
  const narrow = (terms: Partial<ApiKey>): void => {
    const { fleet } = edge.view();
    edge.setFleet({ ...fleet, keys: fleet.keys.map((key) => ({ ...key, ...terms })) });
  };
  return { port, edge, ask, narrow, client, notes };
}

const day = "from=2026-11-30T10:00:00Z&to=2026-11-30T12:00:00Z";

test("usage is told with totals, by what was asked, in the words of the client's own usage", async (context) => {
  const books = scriptedBooks();
  const { ask } = await stage(context, books);
  const { status, body, headers } = await ask(`/v1/usage?${day}&by=adapter,model`);
  assert.equal(status, 200);
  assert.deepEqual(books.asked, [
    {
      tenant: "acme",
      fromEpochMs: Date.UTC(2026, 10, 30, 10),
      toEpochMs: Date.UTC(2026, 10, 30, 12),
      step: "hour",
      by: ["model", "adapter"],
    },
  ]);
  const figures = {
    requests: 2,
    settled_requests: 1,
    prompt_tokens: 30,
    cached_tokens: 4,
    completion_tokens: 9,
    total_tokens: 39,
  };
  const group = { model: "fair-8b", adapter: "legal", adapter_digest: legal };
  assert.deepEqual(body, {
    object: "usage",
    from: "2026-11-30T10:00:00.000Z",
    to: "2026-11-30T12:00:00.000Z",
    step: "hour",
    by: ["model", "adapter"],
    totals: Object.fromEntries(Object.entries(figures).map(([name, sum]) => [name, 2 * sum])),
    data: [10, 11].map((hour) => ({
      start: `2026-11-30T${hour}:00:00.000Z`,
      ...group,
      ...figures,
    })),
  });
  assert.equal(headers.get("cache-control"), "private, no-store");
  assert.equal(headers.get("etag"), null);
  assert.match(headers.get("x-request-id") ?? "", /./);
});

test("CSV is had by parameter or by header, and the parameter wins", async (context) => {
  const { ask } = await stage(context);
  const csv = `start,class,requests,settled_requests,prompt_tokens,cached_tokens,completion_tokens,total_tokens\r
2026-11-30T10:00:00.000Z,interactive,2,1,30,4,9,39\r
2026-11-30T11:00:00.000Z,interactive,2,1,30,4,9,39\r
`;
  const asked = `/v1/usage?${day}&by=class`;
  const byHeader = await ask(asked, { accept: "text/csv" });
  assert.equal(byHeader.text, csv);
  assert.match(byHeader.headers.get("content-type") ?? "", /^text\/csv; charset=utf-8/);
  assert.equal((await ask(`${asked}&format=csv`)).text, csv);
  assert.equal((await ask(`${asked}&format=json`, { accept: "text/csv" })).body["object"], "usage");
  assert.equal(
    (await ask(asked, { accept: "application/json, text/csv;q=0.5" })).body["object"],
    "usage",
  );
  assert.equal((await ask(asked, { accept: "text/csv;q=0, */*" })).body["object"], "usage");
  assert.equal((await ask(asked, { accept: "text/html" })).body["object"], "usage");
});

test("times are ISO, epoch milliseconds or so long ago; the range is taken out to whole minutes", async (context) => {
  const books = scriptedBooks();
  const { ask } = await stage(context, books);
  const rangeOf = async (query: string): Promise<{ fromEpochMs: number; toEpochMs: number }> => {
    assert.equal((await ask(`/v1/usage?${query}`)).status, 200, query);
    return books.asked.at(-1) as { fromEpochMs: number; toEpochMs: number };
  };
  const nowMs = Date.now();
  const last = await rangeOf("");
  assert.ok(last.toEpochMs >= nowMs && last.toEpochMs <= nowMs + 120_000);
  assert.ok(Math.abs(last.toEpochMs - last.fromEpochMs - 86_400_000) <= 60_000);
  const ago = await rangeOf("from=-48h&to=-1d&step=minute");
  assert.ok(Math.abs(ago.fromEpochMs - (nowMs - 2 * 86_400_000)) <= 120_000);
  assert.equal(ago.fromEpochMs % 60_000, 0);
  const given = await rangeOf("from=1764500000123&to=2025-12-01T00:00:01%2B02:00");
  assert.equal(given.fromEpochMs, 1_764_499_980_000);
  assert.equal(given.toEpochMs, Date.UTC(2025, 10, 30, 22, 1));
});

test("what is asked wrongly is named, and nobody is asked", async (context) => {
  const books = scriptedBooks();
  const { ask } = await stage(context, books);
  for (const [query, param] of [
    ["from=yesterday", "from"],
    ["from=-24x", "from"],
    ["to=2026-13-01", "to"],
    ["from=999999999999999", "from"],
    ["from=2026-11-30&to=2026-11-30", "from"],
    ["from=2024-01-01&to=2026-01-01", "from"],
    ["step=week", "step"],
    ["from=-30d&step=minute", "step"],
    ["by=tenant", "by"],
    ["by=model,model", "by"],
    ["format=xml", "format"],
    ["from=-1h&from=-2h", "from"],
  ] as const) {
    const answer = await ask(`/v1/usage?${query}`);
    assert.deepEqual(
      [answer.status, answer.code, answer.param],
      [400, "invalid_request", param],
      query,
    );
  }
  for (const query of ["limit=0", "limit=501", "limit=x", "after=a%20b", "step=hour"]) {
    assert.equal((await ask(`/v1/usage/requests?${query}`)).status, 400, query);
  }
  for (const path of [
    "/v1/usage?tenant=bolt",
    "/v1/quotas?x=1",
    "/v1/usage/requests/r1?tenant=bolt",
  ]) {
    assert.equal((await ask(path)).code, "unknown_parameter", path);
  }
  assert.match((await ask("/v1/quotas?x=1")).text, /This URL takes no parameters\./);
  assert.deepEqual(books.asked, []);
});

test("the official client reads page after page, each request once", async (context) => {
  const { client } = await stage(context);
  const page = await client().getAPIList("/usage/requests", CursorPage<{ id: string }>, {
    query: { limit: 2, from: "2026-11-30", to: "2026-12-01" },
  });
  const ids: string[] = [];
  for await (const { id } of page) ids.push(id);
  assert.deepEqual(ids, ["r5", "r4", "r3", "r2", "r1"]);
});

test("a page links to the next, as CSV too; the last one does not", async (context) => {
  const { ask } = await stage(context);
  const first = await ask("/v1/usage/requests?limit=4&format=csv");
  assert.equal(first.text.split("\r\n").length, 6);
  const link = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  const second = await ask(link, { accept: "text/csv" });
  assert.match(second.text, /\r\nr1,2026-11-30T12:00:01\.000Z,settled,stop,fair-8b,/);
  assert.equal(second.headers.get("link"), null);
  const unknown = await ask("/v1/usage/requests?after=nobody");
  assert.deepEqual([unknown.status, unknown.param], [400, "after"]);
});

test("a request is told as it was in its reply, by whichever of its ids", async (context) => {
  const { ask } = await stage(context);
  const { body } = await ask("/v1/usage/requests/chatcmpl-r3");
  assert.deepEqual(body["usage"], {
    prompt_tokens: 12,
    completion_tokens: 7,
    total_tokens: 19,
    prompt_tokens_details: { cached_tokens: 4 },
  });
  assert.deepEqual([body["id"], body["adapter"], body["queue_ms"]], ["r3", "legal", 2]);
  assert.doesNotMatch(JSON.stringify(body), /worker|gpu|kv/);
});

test("another tenant's request and one that never was are one answer", async (context) => {
  const { ask } = await stage(context);
  const told = async (id: string) => {
    const { status, text, code } = await ask(`/v1/usage/requests/${id}`, {}, "key-bolt");
    return { status, text, code };
  };
  const foreign = await told("r3");
  assert.deepEqual([foreign.status, foreign.code], [404, "request_not_found"]);
  assert.deepEqual(await told("r9"), foreign);
  assert.equal((await ask("/v1/usage/requests", {}, "key-nobody")).status, 401);
});

test("a key needs the scope, one without scopes has it", async (context) => {
  const { ask, narrow } = await stage(context);
  narrow({ scopes: ["inference", "adapters"] });
  for (const path of [
    "usage",
    "usage/requests",
    "usage/requests/r1",
    "quotas",
    "invoices",
    "invoices/FL-7",
  ]) {
    const refused = await ask(`/v1/${path}`);
    assert.deepEqual([refused.status, refused.code], [403, "insufficient_scope"], path);
  }
  narrow({ scopes: ["usage"] });
  assert.equal((await ask("/v1/usage")).status, 200);
  const models = await ask("/v1/chat/completions");
  assert.equal(models.status, 405);
});

test("a key that may use some models sees their usage and quotas, and no invoices", async (context) => {
  const books = scriptedBooks();
  const { ask, narrow } = await stage(context, books);
  const seenOf = async (models: readonly string[]): Promise<unknown> => {
    narrow({ models });
    for (const path of ["usage", "usage/requests", "usage/requests/r1"]) await ask(`/v1/${path}`);
    const seen = books.asked.splice(0).map((asked) => (asked as { seen: unknown }).seen);
    assert.deepEqual(seen, [seen[0], seen[0], seen[0]]);
    return seen[0];
  };
  assert.deepEqual(await seenOf(["fair-8b", "gone-1b"]), [
    { model: "fair-8b" },
    { model: "gone-1b" },
  ]);
  // Its own adapter, not another tenant's.
  assert.deepEqual(await seenOf(["fair-8b:legal", "fair-8b:poet"]), [
    { model: "fair-8b", adapterDigest: legal },
  ]);
  assert.equal((await ask("/v1/quotas")).status, 200);
  for (const path of ["/v1/invoices", "/v1/invoices/FL-7", "/v1/invoices/FL-8"]) {
    assert.deepEqual(
      [(await ask(path)).status, (await ask(path)).code],
      [403, "insufficient_scope"],
    );
  }
});

test("quotas tell what is left, or that nobody has asked yet; invoices are told in three formats", async (context) => {
  const { ask } = await stage(context);
  const { body } = await ask("/v1/quotas");
  const quotas = body["data"] as readonly Record<string, unknown>[];
  assert.deepEqual(
    quotas.map(({ used, left }) => [used, left]),
    [
      [30, 70],
      [null, null],
    ],
  );
  assert.match((await ask("/v1/invoices")).text, /"number":"FL-7".*"total":"12\.30"/);
  for (const [query, headers, format, type] of [
    ["", {}, "json", /^application\/json$/],
    ["?format=csv", {}, "csv", /^text\/csv/],
    ["", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }, "html", /^text\/html/],
  ] as const) {
    const response = await fetchText(context, `/v1/invoices/FL-7${query}`, headers);
    assert.equal(response.text, `an invoice, ${format}`);
    assert.match(response.headers.get("content-type") ?? "", type);
    const isPage = format === "html";
    assert.equal(response.headers.get("content-security-policy") !== null, isPage);
  }
  const unknown = await ask("/v1/invoices/FL-8");
  assert.deepEqual([unknown.status, unknown.code], [404, "invoice_not_found"]);
});

async function fetchText(context: TestContext, path: string, headers: Record<string, string>) {
  const { port } = await stage(context);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: "Bearer key-acme", ...headers },
  });
  return { text: await response.text(), headers: response.headers };
}

test("who asks without end is told to come back, and is in nobody else's way", async (context) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { ask } = await stage(
    context,
    scriptedBooks({
      quotas: async () => {
        await promise;
        return [];
      },
    }),
  );
  const waiting = Array.from({ length: 9 }, () => ask("/v1/quotas"));
  await sleep(200);
  const others = ask("/v1/quotas", {}, "key-bolt");
  await sleep(100);
  resolve();
  const answers = await Promise.all(waiting);
  assert.equal(answers.filter(({ status }) => status === 200).length, 4);
  const refused = answers.filter(({ status }) => status === 429);
  assert.deepEqual([refused.length, refused[0]?.code], [5, "too_many_questions"]);
  assert.equal(refused[0]?.headers.get("retry-after"), "1");
  assert.equal((await others).status, 200);
  assert.equal((await ask("/v1/quotas")).status, 200);
});

test("a desk that is busy, finds too much or is not there is told as what it is", async (context) => {
  const failing = (reason: Error): BooksDesk =>
    scriptedBooks({ series: () => Promise.reject(reason) });
  for (const [books, status, code, param] of [
    [failing(new BooksError("busy")), 429, "too_many_questions", null],
    [failing(new BooksError("too_many_points")), 400, "invalid_request", "step"],
    [failing(new Error("connect ECONNREFUSED")), 503, "books_unavailable", null],
    [undefined, 503, "books_unavailable", null],
  ] as const) {
    const { port } = await httpStage(
      context,
      helloScript,
      {},
      books === undefined ? {} : { books },
    );
    const response = await fetch(`http://127.0.0.1:${port}/v1/usage`, {
      headers: { authorization: "Bearer key-acme" },
    });
    const { error } = (await response.json()) as { error: { code: string; param: string | null } };
    assert.deepEqual([response.status, error.code, error.param], [status, code, param]);
    assert.equal(response.headers.get("retry-after") !== null, status !== 400);
    assert.equal(response.headers.get("cache-control"), "private, no-store");
  }
});

test("other methods and paths that can be nobody's are told without asking", async (context) => {
  const books = scriptedBooks();
  const { port, ask } = await stage(context, books);
  for (const path of [
    "usage",
    "usage/requests",
    "usage/requests/r1",
    "quotas",
    "invoices",
    "invoices/1",
  ]) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
      method: "DELETE",
      headers: { authorization: "Bearer key-acme" },
    });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET"], path);
    await response.arrayBuffer();
  }
  for (const path of [
    "usage/",
    "usage/requests/a%2Fb",
    "usage/requests/a/b",
    "invoices/%00",
    "invoices/",
  ]) {
    assert.deepEqual([(await ask(`/v1/${path}`)).code, books.asked], ["unknown_url", []], path);
  }
});
