import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";
import { startBareEngine } from "./bare-engine.ts";

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 1000,
  kvBlockTokens: 16,
  sequencesMax: 2,
  stepTokensMax: 2048,
  adapterSlots: 0,
  timeScale: 0.05,
};

/** What the oracle answers to this prompt for the tenant `bare`. */
function legalText(prompt: string, outputTokensMax: number): string {
  const promptDigest = createHash("sha256").update(prompt).digest("hex");
  const length = { outputTokensMax, outputTokensMin: 0, ignoreEos: true };
  const oracle = oracleFor({
    tenant: "bare" as TenantId,
    adapterDigest: "" as AdapterDigest,
    promptDigest,
  });
  const { outputTokens } = oracleLength(promptDigest, length);
  const tokens = Array.from({ length: outputTokens }, (_, index) => oracleToken(oracle, index));
  return detokenize(startDetokenizer(quadVocabulary), tokens);
}

async function withEngine(body: (url: string) => Promise<void>): Promise<void> {
  const engine = await startBareEngine({ port: 0, spec, tenant: "bare", model: "m" });
  try {
    await body(`http://127.0.0.1:${engine.port}`);
  } finally {
    await engine.close();
  }
}

const post = (url: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });

interface Reply {
  readonly choices: readonly {
    readonly message?: { readonly content: string };
    readonly delta?: { readonly content?: string };
    readonly text?: string;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly completion_tokens: number; readonly prompt_tokens: number };
}

const limits = { max_tokens: 12, ignore_eos: true };

test("a completion is the oracle's text", () =>
  withEngine(async (url) => {
    const reply = await post(`${url}/v1/completions`, { prompt: "hello there", ...limits });
    const { choices, usage } = (await reply.json()) as Reply;
    assert.equal(choices[0]?.text, legalText("hello there", 12));
    assert.equal(choices[0]?.finish_reason, "length");
    assert.deepEqual([usage?.prompt_tokens, usage?.completion_tokens], [3, 12]);
  }));

test("a chat is streamed event by event under the platform's template", () =>
  withEngine(async (url) => {
    const messages = [{ role: "user", content: "hi" }];
    const stream_options = { include_usage: true };
    const body = { messages, stream: true, stream_options, ...limits };
    const events = (await (await post(`${url}/v1/chat/completions`, body)).text())
      .split("\n\n")
      .filter((event) => event !== "");
    assert.equal(events.pop(), "data: [DONE]");
    const replies = events.map((event) => JSON.parse(event.slice("data: ".length)) as Reply);
    assert.equal(replies.pop()?.usage?.completion_tokens, 12);
    assert.equal(replies.pop()?.choices[0]?.finish_reason, "length");
    const text = replies.map(({ choices }) => choices[0]?.delta?.content ?? "").join("");
    assert.equal(text, legalText("<|user|>\nhi\n<|assistant|>\n", 12));
    assert.equal(replies.length, 13);
  }));

test("more calls than slots wait their turn", () =>
  withEngine(async (url) => {
    const prompts = Array.from({ length: 9 }, (_, index) => `prompt number ${index}`);
    const texts = await Promise.all(
      prompts.map(async (prompt) => {
        const reply = await post(`${url}/v1/completions`, { prompt, ...limits });
        return ((await reply.json()) as Reply).choices[0]?.text;
      }),
    );
    assert.deepEqual(
      texts,
      prompts.map((prompt) => legalText(prompt, 12)),
    );
  }));

test("a client that hangs up frees its slot", () =>
  withEngine(async (url) => {
    const calls = [1, 2].map(async (name) => {
      const abort = new AbortController();
      const body = { prompt: `long ${name}`, max_tokens: 10_000, ignore_eos: true, stream: true };
      const reply = await post(`${url}/v1/completions`, body, abort.signal);
      const reader = reply.body?.getReader();
      await reader?.read();
      abort.abort();
    });
    await Promise.all(calls);
    const reply = await post(`${url}/v1/completions`, { prompt: "next", ...limits });
    assert.equal(((await reply.json()) as Reply).choices[0]?.text, legalText("next", 12));
  }));

test("what is not a call is refused", () =>
  withEngine(async (url) => {
    const status = async (body: unknown): Promise<number> =>
      (await post(`${url}/v1/chat/completions`, body)).status;
    assert.equal(await status({}), 400);
    assert.equal(await status(null), 400);
    assert.equal(await status({ messages: [{ role: "user", content: "x" }], max_tokens: -1 }), 400);
    assert.equal(await status({ messages: [null] }), 400);
    const tooLong = { prompt: "x", max_tokens: 1_000_000 };
    assert.equal((await post(`${url}/v1/completions`, tooLong)).status, 400);
    assert.equal((await fetch(`${url}/nowhere`)).status, 404);
    assert.equal((await fetch(`${url}/health`)).status, 200);
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    assert.deepEqual(
      models.data.map(({ id }) => id),
      ["m"],
    );
  }));
