import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import OpenAI from "openai";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";
import { isBilled, usageList } from "./usage-list.cases.ts";

// An adapter that cannot be served, asked for through the whole platform: a prompt answer, typed, and no bill.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
  FAIRLEAD_LOG_LEVEL: "error",
};

const engine = (adapterSlots: number): string =>
  "{ kind: simulated, profile: llama3_8b/tp1/bfloat16, gpus: 1, sequencesMax: 4, kvBlocks: 400, " +
  `kvBlockTokens: 16, stepTokensMax: 2048, timeScale: 0.1, adapterSlots: ${adapterSlots} }`;

const fleetText = `
tiers:
  - id: all
    weight: 1
    limits: { requestsPerMinute: 60000, tokensPerMinute: 60000000, concurrencyMax: 64, queueLengthMax: 64, contextTokensMax: 1024 }
tenants:
  - { id: acme, tier: all, models: [one, two], keys: [{ id: acme-key, secret: fl-demo-acme }] }
models:
  - { id: one, version: "1", tokenizer: quad, contextTokensMax: 1024, outputTokensDefault: 16 }
  - { id: two, version: "1", tokenizer: quad, contextTokensMax: 1024, outputTokensDefault: 16 }
pools:
  - { id: one.eu.interactive, model: one, region: eu, class: interactive }
  - { id: two.eu.interactive, model: two, region: eu, class: interactive }
workers:
  - { id: w1, pool: one.eu.interactive, zone: eu-a, host: host-a, engine: ${engine(1)} }
  - { id: w2, pool: two.eu.interactive, zone: eu-a, host: host-a, engine: ${engine(0)} }
adapters:
  - { name: of-one, model: one, digest: ${"a".repeat(64)}, bytes: 27648, tenants: [acme] }
  - { name: of-two, model: two, digest: ${"b".repeat(64)}, bytes: 27648, tenants: [acme] }
`;

async function started(context: TestContext): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-adapters-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, fleetText);
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "", fleetFile };
  const platform = await startPlatform(config, { ...environment, FAIRLEAD_FLEET_FILE: fleetFile });
  context.after(() => platform.drain());
  return platform;
}

test("an adapter of another base model, or with no slot anywhere, is refused at once and billed to nobody", async (context) => {
  const { httpPort, adminPort } = await started(context);
  const baseURL = `http://127.0.0.1:${httpPort}/v1`;
  const client = new OpenAI({ apiKey: "fl-demo-acme", baseURL, maxRetries: 0, timeout: 10_000 });
  const ask = (model: string): Promise<unknown> =>
    client.completions.create({ model, prompt: "hello there", max_tokens: 4 });
  for (const [model, status, code] of [
    ["one:of-two", 404, "model_not_found"],
    ["two:of-one", 404, "model_not_found"],
    ["two:of-two", 503, "adapter_unavailable"],
  ] as const) {
    await assert.rejects(ask(model), (error: unknown) => {
      assert.ok(error instanceof OpenAI.APIError);
      assert.deepEqual([model, error.status, error.code], [model, status, code]);
      return true;
    });
  }
  for (const model of ["one:of-one", "one", "two"]) await ask(model);
  const listed = await usageList(adminPort, 4);
  assert.deepEqual(listed.map((record) => `${record.outcome} ${isBilled(record)}`).toSorted(), [
    "adapter_unavailable false",
    "length true",
    "length true",
    "length true",
  ]);
});
