import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { baseModel } from "#shared/model/ids.ts";
import {
  detokenize,
  flushDetokenizer,
  startDetokenizer,
  tokenCount,
} from "#shared/model/tokenizer.ts";
import { loadTokenizer } from "#shared/tokenizer/load-tokenizer.ts";
import type { SoloEngine } from "#services/worker/engine/drivers/llama-cpp/embedded-bench.ts";
import { openSoloEngine } from "#services/worker/engine/drivers/llama-cpp/embedded-bench.ts";
import { withoutNodeLlamaCpp } from "#services/worker/engine/drivers/llama-cpp/node-llama-cpp.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";
import { isBilled, usageList } from "./usage-list.cases.ts";

// A user's own GGUF behind the whole platform, asked with the official client; texts are those of a run alone.

const skip = withoutNodeLlamaCpp;

interface Stage {
  readonly platform: Platform;
  readonly models: TinyModels;
  readonly solo: SoloEngine;
}

async function stage(context: TestContext, wish: { isForeign?: boolean } = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-own-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const models = writeTinyModels(folder, { size: "tiny", stops: true });
  const foreign =
    wish.isForeign === true ? writeTinyModels(folder, { size: "small", stops: true }).adapters : [];
  const solo = await openSoloEngine(models);
  context.after(() => solo.close());
  const environment = {
    FAIRLEAD_HTTP_PORT: "0",
    FAIRLEAD_GRPC_PORT: "0",
    FAIRLEAD_ADMIN_PORT: "0",
    FAIRLEAD_DRAIN_PATIENCE: "1s",
    FAIRLEAD_MODEL: models.model,
    FAIRLEAD_ADAPTERS: [...models.adapters, ...foreign].map(({ path }) => path).join(","),
  };
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  const platform = await startPlatform(config, environment);
  context.after(() => platform.drain());
  return { platform, models, solo };
}

const clientOf = ({ platform }: Stage, tenant: string): OpenAI =>
  new OpenAI({
    apiKey: `fl-demo-${tenant}`,
    baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
    maxRetries: 0,
  });

interface Question {
  readonly content: string;
  /** Index of the adapter. Absent: the base model. */
  readonly adapter?: number;
  /** Given, it is this long. */
  readonly outputTokensMax?: number;
}

/** Text and prompt tokens. */
async function legalAnswer({ models, solo }: Stage, question: Question) {
  const { content, adapter, outputTokensMax } = question;
  const loaded = loadTokenizer(models.model);
  assert.equal(loaded.kind, "loaded");
  const { tokenizer } = loaded;
  const bytes = tokenizer.chatPrompt([{ role: "user", text: content }]);
  assert.ok(bytes instanceof Uint8Array);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ids = Array.from({ length: tokenCount(bytes) }, (_, at) => view.getUint32(at * 4, true));
  const digest = adapter === undefined ? baseModel : models.adapters[adapter]?.digest;
  const tokens = await solo.run({
    ids,
    adapter: digest ?? baseModel,
    outputTokensMax: outputTokensMax ?? 60,
    ignoreEos: outputTokensMax !== undefined,
  });
  const detokenizer = startDetokenizer(tokenizer.vocabulary);
  const text = detokenize(detokenizer, tokens) + flushDetokenizer(detokenizer);
  return { text, promptTokens: ids.length, outputTokens: tokens.length };
}

async function streamed(stage: Stage, tenant: string, question: Question) {
  const { content, adapter, outputTokensMax } = question;
  const { ownModel } = stage.platform;
  assert.ok(ownModel !== undefined);
  const body = {
    model: adapter === undefined ? ownModel : `${ownModel}:tiny-lora${adapter + 1}`,
    messages: [{ role: "user" as const, content }],
    stream: true as const,
    stream_options: { include_usage: true },
    max_tokens: outputTokensMax ?? 60,
    ignore_eos: outputTokensMax !== undefined,
    temperature: 0,
  };
  const stream = await clientOf(stage, tenant).chat.completions.create(body);
  let text = "";
  let usage: OpenAI.CompletionUsage | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  return {
    text,
    promptTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
  };
}

test(
  "a user's own GGUF: each tenant and adapter has its own text, streamed, every token counted",
  { skip },
  async (context) => {
    const set = await stage(context);
    const { data } = await clientOf(set, "acme").models.list();
    assert.ok(data.some(({ id }) => id === set.platform.ownModel));
    const questions = Array.from({ length: 24 }, (_, index): Question => {
      const content = `Question ${index % 5}`;
      return index % 4 === 3 ? { content } : { content, adapter: index % 4 };
    });
    const tenants = ["acme", "bolt", "corner"];
    const answers = await Promise.all(
      questions.map((question, index) => streamed(set, tenants[index % 3] ?? "acme", question)),
    );
    for (const [index, answer] of answers.entries()) {
      const question = questions[index] ?? { content: "" };
      assert.deepEqual(answer, await legalAnswer(set, question), JSON.stringify(question));
    }
  },
);

test(
  "an adapter of another base model is refused at once, as what it is, and nothing is billed or disturbed",
  { skip },
  async (context) => {
    const set = await stage(context, { isForeign: true });
    const { ownModel, adminPort } = set.platform;
    assert.ok(ownModel !== undefined);
    const beside = streamed(set, "bolt", { content: "Beside it", outputTokensMax: 1_500 });
    const first = enginePid();
    for (let turn = 0; turn < 6; turn++) {
      const askedAtMs = performance.now();
      const refused = clientOf(set, "acme").completions.create({
        model: `${ownModel}:small-lora1`,
        prompt: "Whose weights are these?",
        max_tokens: 5,
      });
      await assert.rejects(refused, (error: unknown) => {
        assert.ok(error instanceof OpenAI.APIError);
        assert.deepEqual([error.status, error.code], [503, "adapter_unavailable"]);
        return true;
      });
      const tookMs = performance.now() - askedAtMs;
      assert.ok(tookMs < 8_000, `request ${turn} was answered after ${tookMs} ms`);
    }
    const question = { content: "And now?", adapter: 1 };
    assert.deepEqual(await streamed(set, "acme", question), await legalAnswer(set, question));
    const legal = await legalAnswer(set, { content: "Beside it", outputTokensMax: 1_500 });
    assert.deepEqual(await beside, legal);
    assert.equal(enginePid(), first);
    const listed = await usageList(adminPort, 8);
    const billed = listed.filter(isBilled).map(({ adapterDigest }) => adapterDigest);
    assert.deepEqual(billed.toSorted(), [baseModel, set.models.adapters[1]?.digest]);
    const refused = listed.filter(({ outcome }) => outcome === "adapter_unavailable");
    assert.equal(refused.length, 6);
  },
);

/** Of this process's engines the newest: the platform's. */
const enginePid = (): number =>
  Number(execFileSync("pgrep", ["-n", "-P", `${process.pid}`, "-f", "stepper-process"]).toString());

test(
  "a stream that outlives its engine's process goes on, as if nothing had been",
  { skip },
  async (context) => {
    const set = await stage(context);
    const question = { content: "Tell me a long story" };
    const legal = await legalAnswer(set, { ...question, outputTokensMax: 1_500 });
    const first = enginePid();
    const reply = streamed(set, "acme", { ...question, outputTokensMax: 1_500 });
    await sleep(500);
    process.kill(first, "SIGKILL");
    assert.deepEqual(await reply, legal);
    assert.notEqual(enginePid(), first);
  },
);

test("a model that cannot be served does not start, and says why", { skip }, async () => {
  const environment = { FAIRLEAD_HTTP_PORT: "0", FAIRLEAD_MODEL: "/nowhere/model.gguf" };
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  await assert.rejects(
    startPlatform(config, environment),
    /FAIRLEAD_MODEL: \/nowhere\/model\.gguf: it cannot be read: no such file/,
  );
  await assert.rejects(startPlatform({ ...config, modelFile: tmpdir() }, environment), {
    message: `FAIRLEAD_MODEL: ${tmpdir()}: it is not a file: name a GGUF`,
  });
  const both = { ...environment, FAIRLEAD_FLEET_FILE: "fleet.yaml" };
  await assert.rejects(startPlatform(config, both), /FAIRLEAD_FLEET_FILE: name one of them/);
});
