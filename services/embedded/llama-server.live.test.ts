import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import type { LocalLlamaServer } from "#services/worker/engine/drivers/llama-server/local-llama-server.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import {
  startLlamaServer,
  withoutLlamaServer,
} from "#services/worker/engine/drivers/llama-server/local-llama-server.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { soloRun } from "#services/worker/engine/drivers/llama-server/solo-run.ts";
import type { Tokenizer } from "#shared/model/tokenizer.ts";
import { detokenize, flushDetokenizer, startDetokenizer } from "#shared/model/tokenizer.ts";
import { loadTokenizer } from "#shared/tokenizer/load-tokenizer.ts";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// The whole platform before a real llama-server, with the model's own tokenizer: what clients write is counted and read in its
// vocabulary, and every text is what the server alone says to the same ids.

const skip = withoutLlamaServer;
const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};
const slots = 4;
const slotTokens = 1024;
/** KV in full precision: halves round a sum's last bits up to where other company, or another start, shows in the text. */
const exact = ["-ctk", "f32", "-ctv", "f32", "-fa", "off"];

const fleetText = (url: string, { model, adapters }: TinyModels): string => `
tiers:
  - id: all
    weight: 1
    limits: { requestsPerMinute: 60000, tokensPerMinute: 60000000, concurrencyMax: 64, queueLengthMax: 64, contextTokensMax: 1024 }
tenants:
${["acme", "bolt"].map((id) => `  - { id: ${id}, tier: all, models: [tiny], keys: [{ id: ${id}-key, secret: fl-demo-${id} }] }`).join("\n")}
models:
  - { id: tiny, version: "1", tokenizer: { file: ${model} }, contextTokensMax: ${slotTokens}, outputTokensDefault: 16 }
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
${adapters.map(({ digest, path }) => `        - { digest: ${digest}, path: ${path} }`).join("\n")}
adapters:
${adapters.map(({ digest }, index) => `  - { name: lora${index}, model: tiny, digest: ${digest}, bytes: 27648, tenants: [acme, bolt] }`).join("\n")}
`;

interface Stage {
  readonly server: LocalLlamaServer;
  readonly tokenizer: Tokenizer;
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
  const wish = { ...models, slots, contextTokens: slotTokens, flags: exact };
  const server = await startLlamaServer(wish);
  context.after(() => server.stop());
  const loaded = loadTokenizer(models.model);
  assert.ok(loaded.kind === "loaded");
  const { tokenizer } = loaded;
  const platform = await platformOn(folder, fleetText(server.url, models));
  context.after(() => platform.drain());
  const ask: Stage["ask"] = async ({ tenant = "acme", adapter, prompt, tokens }) => {
    const baseURL = `http://127.0.0.1:${platform.httpPort}/v1`;
    const client = new OpenAI({ apiKey: `fl-demo-${tenant}`, baseURL, maxRetries: 0 });
    const body = {
      model: adapter === undefined ? "tiny" : `tiny:${adapter}`,
      prompt: promptOf(prompt),
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
  return { server, tokenizer, platform, ask, startAgain };
}

function platformOn(folder: string, text: string): Promise<Platform> {
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, text);
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "", fleetFile };
  return startPlatform(config, { ...environment, FAIRLEAD_FLEET_FILE: fleetFile });
}

const promptOf = (prompt: number): string => `${prompt} zon gos mod é 日 🙂 ${prompt * 7}`;

/** What the server alone says to the same ids. */
async function legalOf(
  { server, tokenizer }: Stage,
  { prompt, adapter, tokens }: Omit<Wish, "tenant" | "adapter"> & { readonly adapter?: number },
): Promise<{ readonly text: string; readonly promptTokens: number }> {
  const bytes = Uint8Array.from(tokenizer.textPrompt(promptOf(prompt)));
  const ids = [...new Uint32Array(bytes.buffer)];
  const terms = { ids, outputTokensMax: tokens, ignoreEos: true, adapter };
  const detokenizer = startDetokenizer(tokenizer.vocabulary);
  const text = detokenize(detokenizer, await soloRun(server.url, terms));
  return { text: text + flushDetokenizer(detokenizer), promptTokens: ids.length };
}

test(
  "a real llama-server behind the whole platform: each tenant and adapter its own text, every token counted",
  { skip },
  async (context) => {
    const here = await stage(context);
    const { ask } = here;
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
      const adapter = which === 3 ? {} : { adapter: which };
      const legal = await legalOf(here, { prompt, tokens: 20, ...adapter });
      assert.equal(text, legal.text);
      assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [legal.promptTokens, 20]);
    }
    // All prompts begin alike, so a tenant finds that much of its own; of what another has just asked it finds no more.
    for (const tenant of ["acme", "bolt"]) {
      const { usage } = await ask({ tenant, prompt: 90, tokens: 4 });
      const cached = usage.prompt_tokens_details?.cached_tokens ?? Infinity;
      assert.ok(cached <= 2 && usage.prompt_tokens > 10, `${cached} of ${usage.prompt_tokens}`);
    }
  },
);

test(
  "a request that outlives its engine goes on behind what it had when that is up again",
  { skip },
  async (context) => {
    const here = await stage(context);
    const { server, ask, startAgain } = here;
    const legal = await legalOf(here, { prompt: 5, tokens: 900 });
    const reply = ask({ prompt: 5, tokens: 900 });
    await sleep(60);
    server.kill("SIGKILL");
    await startAgain();
    const { text, usage } = await reply;
    assert.equal(usage.completion_tokens, 900);
    assert.equal(text, legal.text);
  },
);

test(
  "a platform whose engine is not there does not start, and says what is in the way",
  { skip },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-llama-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const models = writeTinyModels(folder, { size: "tiny", stops: false });
    await assert.rejects(
      platformOn(folder, fleetText("http://127.0.0.1:9", models)),
      /the engine of w1 is not up: llama-server at http:\/\/127\.0\.0\.1:9: connect ECONNREFUSED/,
    );
  },
);
