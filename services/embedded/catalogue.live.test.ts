import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { readEmbeddedConfig } from "./config.ts";
import { legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// Names, notices and an operator's words over the whole platform: what an operator changes while it runs, and what clients see.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};
const model = "llama-3.1-8b";
const example = readFileSync("deploy/fleet.example.yaml", "utf8");
let platform: Platform;

before(async () => {
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  platform = await startPlatform(config, environment);
});
after(() => platform.drain());

const openai = (tenant: string): OpenAI =>
  new OpenAI({
    apiKey: `fl-demo-${tenant}`,
    baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
    maxRetries: 0,
  });

async function admin(path: string, method = "GET", body?: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${platform.adminPort}${path}`, {
    method,
    headers: { "content-type": "application/yaml" },
    ...(body === undefined ? {} : { body }),
  });
  const answer: unknown = await response.json();
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}

const apply = (text: string): Promise<unknown> => admin("/admin/v1/fleet", "PUT", text);

/** What a name answers with: what served it, or the error's code. */
async function servedBy(tenant: string, name: string): Promise<string> {
  try {
    const { response } = await openai(tenant)
      .completions.create({ model: name, prompt: "hi", max_tokens: 1 })
      .withResponse();
    return response.headers.get("x-fairlead-model") ?? "";
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError);
    return String(error.code);
  }
}

/** The quickest of three must keep the promise: a busy machine is slow at everything. */
async function changed(
  change: () => Promise<unknown>,
  isSo: () => Promise<boolean>,
): Promise<number> {
  await change();
  const startMs = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - startMs < 10_000, "soon");
    await sleep(10);
  }
  return performance.now() - startMs;
}

test("an alias set, changed and removed is followed within a second, and is its tenant's alone", async () => {
  const to = (tenant: string, target: string) => () =>
    admin(`/admin/v1/aliases/prod/set?tenant=${tenant}&target=${target}`, "POST");
  const tookMs: number[] = [];
  for (let round = 0; round < 3; round++) {
    tookMs.push(
      await changed(
        to("acme", model),
        async () => (await servedBy("acme", "prod")) === `${model}@1`,
      ),
    );
    tookMs.push(
      await changed(to("acme", `${model}:support-tone`), async () =>
        (await servedBy("acme", "prod")).startsWith(`${model}@1:c7d7e177`),
      ),
    );
    assert.equal(await servedBy("bolt", "prod"), "model_not_found");
    tookMs.push(
      await changed(
        () => admin("/admin/v1/aliases/prod/remove?tenant=acme", "POST"),
        async () => (await servedBy("acme", "prod")) === "model_not_found",
      ),
    );
  }
  assert.ok(Math.min(...tookMs) < 1000, String(tookMs));
});

test("a model retires at its moment, with no new version of the fleet, and not a second sooner", async () => {
  const retiresAtMs = Date.now() + 4_000;
  await apply(
    example.replace(
      `version: "1"\n`,
      `version: "1"\n    status: deprecated\n    retiresAt: ${new Date(retiresAtMs).toISOString()}\n    withoutNotice: true\n`,
    ),
  );
  const { version } = (await admin("/admin/v1/fleet")) as { readonly version: number };
  await changed(
    async () => undefined,
    async () => {
      const { data } = await openai("acme").models.list();
      return data.some((entry) => (entry as { readonly status?: string }).status === "deprecated");
    },
  );
  let lastServedMs = 0;
  for (;;) {
    const askedMs = Date.now();
    const outcome = await servedBy("acme", model);
    if (outcome === "model_retired") {
      assert.ok(Date.now() >= retiresAtMs, "not before");
      break;
    }
    assert.equal(outcome, `${model}@1`);
    lastServedMs = askedMs;
    assert.ok(askedMs < retiresAtMs, "not after");
    await sleep(5);
  }
  assert.ok(lastServedMs > 0, "it was served until then");
  assert.deepEqual((await openai("acme").models.list()).data, []);
  assert.equal(((await admin("/admin/v1/fleet")) as { version: number }).version, version);
  await apply(example);
  await changed(
    async () => undefined,
    async () => (await servedBy("acme", model)) === `${model}@1`,
  );
});

test("a tenant's system prompt is what its chats begin with: in the oracle's text, on the bill, and in no story or list", async () => {
  const words = "Speak like zqvk.";
  await apply(
    example.replace(
      "    tier: starter\n    models:",
      `    tier: starter\n    systemPrompts: [{ model: ${model}, text: ${words} }]\n    models:`,
    ),
  );
  const prompt = `<|system|>\n${words}\n\nBe brief.\n<|user|>\nWhy?\n<|assistant|>\n`;
  const expected = legalText({ tenant: "corner", prompt, outputTokensMax: 20, ignoreEos: true });
  const body = {
    model,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Why?" },
    ],
    max_tokens: 20,
    ignore_eos: true,
  } as const;
  const ask = (tenant: string) =>
    openai(tenant).chat.completions.create({ ...body, messages: [...body.messages] });
  await changed(
    async () => undefined,
    async () => (await ask("corner")).choices[0]?.message.content === expected,
  );
  const completion = await ask("corner");
  assert.equal(completion.usage?.prompt_tokens, Math.ceil(prompt.length / 4));
  const without = await ask("bolt");
  assert.ok((without.usage?.prompt_tokens ?? 0) < (completion.usage?.prompt_tokens ?? 0));
  const requestId = completion.id.replace("chatcmpl-", "");
  interface Usage {
    readonly records: readonly { readonly promptTokens: number; readonly isFinal: boolean }[];
  }
  await changed(
    async () => undefined,
    async () => {
      const usage = (await admin(`/admin/v1/usage?request=${requestId}`)) as Usage;
      const [record] = usage.records;
      return record?.isFinal === true && record.promptTokens === completion.usage?.prompt_tokens;
    },
  );
  const places = [`requests/${requestId}`, "requests", "usage", "fleet", "tenants", "models"];
  for (const place of [...places.map((name) => `/admin/v1/${name}`), "/metrics"]) {
    const answer = await fetch(`http://127.0.0.1:${platform.adminPort}${place}`);
    assert.doesNotMatch(await answer.text(), /zqvk/, place);
  }
});

test("a reserved pool in the fleet file whose worker nobody started takes no request", async () => {
  const pool = `  - { id: own, model: ${model}, region: eu, class: "reserved:acme" }\n`;
  const worker = `  - { id: h100-own, pool: own, zone: eu-a, host: host-x, engine: *h100 }\n`;
  await apply(
    example
      .replace("\npools:\n", `\npools:\n${pool}`)
      .replace("\n# LoRA weights, known", `\n${worker}\n# LoRA weights, known`),
  );
  for (let round = 0; round < 20; round++) {
    assert.equal(await servedBy("acme", model), `${model}@1`);
    await sleep(25);
  }
  await apply(example);
});
