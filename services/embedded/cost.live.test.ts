import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import type { CostAnswer } from "#services/console/money/cost-routes.ts";
import { readEmbeddedConfig } from "./config.ts";
import { startPlatform } from "./platform.ts";

// Where GPU time went and what it cost, through the whole platform: every line from the ledger, adding up.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};
const model = "llama-3.1-8b";

test("all GPU time is on a line, each tenant's is what its records say, and money adds up to the price of all", async (context) => {
  const platform = await startPlatform(
    { ...readEmbeddedConfig(environment), dataDirectory: "" },
    environment,
  );
  context.after(() => platform.drain());
  const admin = `http://127.0.0.1:${platform.adminPort}/admin/v1`;
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(`${admin}${path}`)).json()) as Answer;
  const setRates = async (perGpuHour: string) => {
    const gpuRates = [{ perGpuHour, currency: "USD", from: "2020-01-01T00:00Z" }];
    const answer = await fetch(`${admin}/gpu-rates`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ gpuRates }),
    });
    return { status: answer.status, told: (await answer.json()) as { error?: { reason: string } } };
  };
  const negative = await setRates("-1");
  assert.deepEqual([negative.status, negative.told.error?.reason], [400, "negative_rate"]);
  assert.equal((await setRates("3.60")).status, 200);

  const clientOf = (tenant: string): OpenAI =>
    new OpenAI({
      apiKey: `fl-demo-${tenant}`,
      baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
      maxRetries: 0,
    });
  const words = (tokens: number): string => "four".repeat(tokens);
  const call = (tenant: string, name: string, tokens: number) =>
    clientOf(tenant).completions.create({ model: name, prompt: words(tokens), max_tokens: 40 });
  await Promise.all([
    call("acme", model, 3000),
    call("acme", `${model}:support-tone`, 200),
    call("bolt", `${model}:sql`, 500),
    call("corner", model, 50),
  ]);
  // One that hangs up: what it had until then is somebody's too.
  const left = await clientOf("bolt").completions.create({
    model,
    prompt: words(2000),
    max_tokens: 400,
    stream: true,
  });
  let heard = 0;
  for await (const _ of left) if (++heard === 5) break;

  const settled = async (): Promise<CostAnswer | undefined> => {
    const { records, totals } = await ask<{
      records: readonly { readonly tenant: string; readonly gpuUs: number }[];
      totals: { readonly requests: number; readonly settledRequests: number };
    }>("/usage?limit=100");
    if (totals.requests < 5 || totals.settledRequests < totals.requests) return undefined;
    const cost = await ask<CostAnswer>("/cost");
    const had = (tenant: string): number =>
      records.filter((one) => one.tenant === tenant).reduce((sum, { gpuUs }) => sum + gpuUs, 0);
    const isTold = ["acme", "bolt", "corner"].every((tenant) => {
      const row = cost.tenants.find((one) => one.tenant === tenant);
      return row !== undefined && had(tenant) > 0 && row.directUs === had(tenant);
    });
    return isTold ? cost : undefined;
  };
  let cost: CostAnswer | undefined;
  for (let look = 0; look < 150 && cost === undefined; look++) {
    cost = await settled();
    if (cost === undefined) await sleep(200);
  }
  assert.ok(cost !== undefined, "each tenant's direct time becomes what its usage records say");

  const { lines, tenants, gpuUs } = cost;
  const sum = (of: (row: (typeof tenants)[number]) => number): number =>
    tenants.reduce((all, row) => all + of(row), 0);
  assert.equal(
    lines.reduce((all, line) => all + line.gpuUs, 0),
    gpuUs,
  );
  assert.equal(
    sum(({ directUs, allocatedUs }) => directUs + allocatedUs),
    gpuUs,
  );
  for (const kind of ["prefillUs", "decodeUs", "attentionUs", "adapterUs", "idleUs"]) {
    assert.ok(
      lines.some((line) => line.kind === kind && line.gpuUs > 0),
      kind,
    );
  }
  assert.equal(
    sum(({ unpricedUs }) => unpricedUs),
    0,
  );
  // A dollar each thousand seconds: a thousandth of a millionth each microsecond.
  const micros = Number(cost.total) * 1e6;
  assert.ok(Math.abs(micros - gpuUs / 1000) <= 1, `${cost.total} for ${gpuUs} µs`);
  // To the last of nine digits, which is what money has: rounded one by one they would not add up.
  const money = sum(({ total }) => Math.round(Number(total) * 1e9));
  assert.equal(money, Math.round(Number(cost.total) * 1e9));
});
