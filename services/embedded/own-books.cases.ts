// For tests: two tenants ask a running platform for their own usage. Each is told what its replies told, and nothing of the other's.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";

interface OwnRequest {
  readonly id: string;
  readonly status: string;
  readonly usage: OpenAI.CompletionUsage;
}

interface Told {
  readonly status: number;
  readonly text: string;
}

export interface BooksOf {
  readonly model: string;
  /** Where that tenant calls: `http://host:port`. */
  readonly url: (tenant: string) => string;
}

const settledWithinMs = 15_000;

async function ask(url: string, tenant: string, path: string): Promise<Told> {
  const headers = { authorization: `Bearer fl-demo-${tenant}` };
  const response = await fetch(`${url}${path}`, { headers });
  assert.equal(response.headers.get("cache-control"), "private, no-store", path);
  return { status: response.status, text: await response.text() };
}

async function said<Answer>(url: string, tenant: string, path: string): Promise<Answer> {
  const { status, text } = await ask(url, tenant, path);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Answer;
}

/** With a reply's usage, told by the reply. */
async function used({ model, url }: BooksOf, tenant: string) {
  const baseURL = `${url(tenant)}/v1`;
  const client = new OpenAI({ apiKey: `fl-demo-${tenant}`, baseURL, maxRetries: 0 });
  const prompt = `what ${tenant} asks for is its own`;
  const { id, usage } = await client.completions.create({ model, prompt, max_tokens: 7 });
  return { id: id.replace("cmpl-", ""), usage };
}

async function settled(url: string, tenant: string, id: string): Promise<OwnRequest> {
  for (const untilMs = performance.now() + settledWithinMs; ; await sleep(100)) {
    const { status, text } = await ask(url, tenant, `/v1/usage/requests/cmpl-${id}`);
    const record = JSON.parse(text) as OwnRequest;
    if (status === 200 && record.status === "settled") return record;
    assert.ok(performance.now() < untilMs, `${tenant}'s request is not settled: ${text}`);
  }
}

export async function booksAreOwn(books: BooksOf): Promise<void> {
  const [acme, bolt] = await Promise.all([used(books, "acme"), used(books, "bolt")]);
  const both = { acme, bolt };
  for (const [tenant, { id, usage }] of Object.entries(both)) {
    const url = books.url(tenant);
    assert.deepEqual((await settled(url, tenant, id)).usage, usage, "as its reply told it");
    const { data } = await said<{ data: readonly OwnRequest[] }>(
      url,
      tenant,
      "/v1/usage/requests?limit=500",
    );
    const foreign = tenant === "acme" ? bolt.id : acme.id;
    const ids = data.map((each) => each.id);
    assert.deepEqual([ids.includes(id), ids.includes(foreign)], [true, false], tenant);
    const unknown = await ask(url, tenant, `/v1/usage/requests/${"0".repeat(32)}`);
    assert.equal(unknown.status, 404);
    assert.deepEqual(await ask(url, tenant, `/v1/usage/requests/${foreign}`), unknown);
    const after = await ask(url, tenant, `/v1/usage/requests?after=${foreign}`);
    assert.deepEqual(after, await ask(url, tenant, "/v1/usage/requests?after=nobody"));
    assert.equal(after.status, 400);
    await sumsAreOf(url, tenant, data);
    assert.equal((await ask(url, tenant, "/v1/quotas")).status, 200);
    assert.equal((await ask(url, tenant, "/v1/invoices")).status, 200);
  }
}

/** What is summed is what is listed, and all of it. */
async function sumsAreOf(url: string, tenant: string, data: readonly OwnRequest[]): Promise<void> {
  const { totals } = await said<{ totals: Readonly<Record<string, number>> }>(
    url,
    tenant,
    "/v1/usage?by=model,adapter,class&step=minute",
  );
  const sumOf = (count: (usage: OpenAI.CompletionUsage) => number): number =>
    data.reduce((sum, { usage }) => sum + count(usage), 0);
  assert.deepEqual(
    [totals["requests"], totals["prompt_tokens"], totals["completion_tokens"]],
    [data.length, sumOf((usage) => usage.prompt_tokens), sumOf((usage) => usage.completion_tokens)],
    tenant,
  );
}
