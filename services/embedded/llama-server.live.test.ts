import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import type { LocalLlamaServer } from "#services/worker/engine/drivers/llama-server/local-llama-server.ts";
import {
  startLlamaServer,
  withoutLlamaServer,
  writeTinyModels,
} from "#services/worker/engine/drivers/llama-server/local-llama-server.ts";
import { soloRun } from "#services/worker/engine/drivers/llama-server/solo-run.ts";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// The whole platform before a real llama-server. Its model counts tokens in fours of bytes, so a prompt of chosen bytes is a
// prompt of chosen ids, and of an answer the ASCII bytes of the ids can be read.

const skip = withoutLlamaServer;
const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};
const digests = ["a", "b", "c"].map((letter) => letter.repeat(64));
const slots = 4;
const slotTokens = 1024;

const fleetText = (url: string, adapters: readonly string[]): string => `
tiers:
  - id: all
    weight: 1
    limits: { requestsPerMinute: 60000, tokensPerMinute: 60000000, concurrencyMax: 64, queueLengthMax: 64, contextTokensMax: 1024 }
tenants:
${["acme", "bolt"].map((id) => `  - { id: ${id}, tier: all, models: [tiny], keys: [{ id: ${id}-key, secret: fl-demo-${id} }] }`).join("\n")}
models:
  - { id: tiny, version: "1", tokenizer: quad, contextTokensMax: ${slotTokens}, outputTokensDefault: 16 }
pools:
  - { id: tiny.eu.interactive, model: tiny, region: eu, class: interactive }
workers:
  - id: w1
    pool: tiny.eu.interactive
    zone: eu-a
    host: host-a
    engine:
      kind: llama-server
      url: ${url}
      sequencesMax: ${slots}
      kvBlocks: ${(slots * slotTokens) / 16}
      adapters:
${adapters.map((path, index) => `        - { digest: ${digests[index]}, path: ${path} }`).join("\n")}
adapters:
${digests.map((digest, index) => `  - { name: lora${index}, model: tiny, digest: ${digest}, bytes: 27648, tenants: [acme, bolt] }`).join("\n")}
`;

interface Stage {
  readonly server: LocalLlamaServer;
  readonly platform: Platform;
  readonly ask: (
    wish: Wish,
  ) => Promise<{ readonly text: string; readonly usage: OpenAI.CompletionUsage }>;
  /** At the same port. */
  readonly startAgain: () => Promise<void>;
}

interface Wish {
  readonly tenant?: string;
  readonly adapter?: string;
  readonly prompt: number;
  readonly tokens: number;
}

async function stage(context: TestContext): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-llama-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const models = writeTinyModels(folder, { size: "tiny", stops: false });
  const wish = { ...models, slots, contextTokens: slotTokens };
  const server = await startLlamaServer(wish);
  context.after(() => server.stop());
  const platform = await platformOn(folder, fleetText(server.url, models.adapters));
  context.after(() => platform.drain());
  const ask: Stage["ask"] = async ({ tenant = "acme", adapter, prompt, tokens }) => {
    const baseURL = `http://127.0.0.1:${platform.httpPort}/v1`;
    const client = new OpenAI({ apiKey: `fl-demo-${tenant}`, baseURL, maxRetries: 0 });
    const body = {
      model: adapter === undefined ? "tiny" : `tiny:${adapter}`,
      prompt: textOf(idsOf(prompt)),
      max_tokens: tokens,
      temperature: 0,
      ignore_eos: true,
    };
    const { choices, usage } = await client.completions.create(body);
    assert.ok(usage);
    return { text: choices[0]?.text ?? "", usage };
  };
  const startAgain = async (): Promise<void> => {
    const again = await startLlamaServer({ ...wish, port: server.port });
    context.after(() => again.stop());
  };
  return { server, platform, ask, startAgain };
}

function platformOn(folder: string, text: string): Promise<Platform> {
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, text);
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "", fleetFile };
  return startPlatform(config, { ...environment, FAIRLEAD_FLEET_FILE: fleetFile });
}

/** Both bytes of each are ASCII. */
const idsOf = (prompt: number): readonly number[] =>
  Array.from({ length: 24 }, (_, index) => 0x220 + ((prompt * 7 + index * 5) % 90));
const bytesOf = (ids: readonly number[]): Buffer => Buffer.from(Uint32Array.from(ids).buffer);
const textOf = (ids: readonly number[]): string => bytesOf(ids).toString("latin1");
const asciiOf = (text: string): string =>
  text
    .split("")
    .filter((letter) => letter !== "\0" && letter < "\u0080")
    .join("");

test(
  "a real llama-server behind the whole platform: each tenant and adapter its own text, every token counted",
  { skip },
  async (context) => {
    const { server, ask } = await stage(context);
    const wishes = Array.from({ length: 24 }, (_, index) => ({
      tenant: index % 2 === 0 ? "acme" : "bolt",
      which: index % 4,
      prompt: index % 3,
    }));
    const replies = await Promise.all(
      wishes.map(({ tenant, which, prompt }) =>
        ask({ tenant, prompt, tokens: 20, ...(which === 3 ? {} : { adapter: `lora${which}` }) }),
      ),
    );
    for (const [index, { text, usage }] of replies.entries()) {
      const { which, prompt } = wishes[index] ?? { which: 0, prompt: 0 };
      const adapter = which === 3 ? undefined : which;
      const terms = { ids: idsOf(prompt), outputTokensMax: 20, ignoreEos: true };
      const legal = await soloRun(server.url, { ...terms, adapter });
      assert.equal(asciiOf(text), asciiOf(textOf(legal)));
      assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [24, 20]);
    }
    const again = await ask({ tenant: "acme", prompt: 90, tokens: 4 });
    assert.equal(again.usage.prompt_tokens_details?.cached_tokens, 0);
    const other = await ask({ tenant: "bolt", prompt: 90, tokens: 4 });
    assert.equal(other.usage.prompt_tokens_details?.cached_tokens, 0);
  },
);

test(
  "a request that outlives its engine goes on behind what it had when that is up again",
  { skip },
  async (context) => {
    const { server, ask, startAgain } = await stage(context);
    const legal = await soloRun(server.url, {
      ids: idsOf(5),
      adapter: undefined,
      outputTokensMax: 900,
      ignoreEos: true,
    });
    const reply = ask({ prompt: 5, tokens: 900 });
    await sleep(60);
    server.kill("SIGKILL");
    await startAgain();
    const { text, usage } = await reply;
    assert.equal(usage.completion_tokens, 900);
    assert.equal(asciiOf(text), asciiOf(textOf(legal)));
  },
);

test(
  "a platform whose engine is not there does not start, and says what is in the way",
  { skip },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-llama-"));
    context.after(() => rmSync(folder, { recursive: true }));
    await assert.rejects(
      platformOn(folder, fleetText("http://127.0.0.1:9", ["/a", "/b", "/c"])),
      /the engine of w1 is not up: llama-server at http:\/\/127\.0\.0\.1:9: connect ECONNREFUSED/,
    );
  },
);
