import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import OpenAI from "openai";
import { startSglangDouble } from "#services/worker/engine/drivers/sglang/sglang-double.ts";
import { startVllmDouble } from "#services/worker/engine/drivers/vllm/vllm-double.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";
import { batchServerFleet } from "./batch-server-fleet.cases.ts";
import { readEmbeddedConfig } from "./config.ts";
import { startPlatform } from "./platform.ts";

// The whole platform before doubles of vLLM and SGLang, each with the defects that its driver works round. Their oracle is
// one tenant's, so an answer with another's weights, prefix or words shows in its text.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};
const digests = ["a", "b", "c"].map((letter) => letter.repeat(64));

const adapterLines: readonly string[] = [
  "      adapters:",
  ...digests.map((digest) => `        - { digest: ${digest}, path: /${digest} }`),
  "adapters:",
  ...digests.map(
    (digest, index) =>
      `  - { name: lora${index}, model: m, digest: ${digest}, bytes: 27648, tenants: [acme] }`,
  ),
];

const size = {
  tenant: "acme",
  sequencesMax: 4,
  kvBlocks: 400,
  lorasMax: 2,
  adapterFiles: new Map(digests.map((digest) => [`/${digest}`, digest] as const)),
};

const starts = {
  vllm: () =>
    startVllmDouble({
      ...size,
      defects: { wrongAdapterAfterEviction: true, prefixCacheByName: true, chunkTokens: 3 },
    }),
  sglang: () =>
    startSglangDouble({ ...size, defects: { abortsByPrefix: true, concatenatesKeys: true } }),
};

const promptOf = (number: number): string => `prompt ${number} `.repeat(40).slice(0, 320);

function legalText(prompt: string, digest: string, tokens: number): string {
  const oracle = oracleFor({
    tenant: "acme" as TenantId,
    adapterDigest: digest as AdapterDigest,
    promptDigest: createHash("sha256").update(prompt).digest("hex"),
  });
  const ids = Array.from({ length: tokens }, (_, index) => oracleToken(oracle, index));
  return detokenize(startDetokenizer(quadVocabulary), ids);
}

for (const kind of ["vllm", "sglang"] as const) {
  test(`through a ${kind} every answer is its own adapter's, three adapters in two slots and the base beside`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-batch-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const double = await starts[kind]();
    context.after(() => double.close());
    const fleetFile = join(folder, "fleet.yaml");
    writeFileSync(fleetFile, batchServerFleet(kind, double.url, adapterLines));
    const config = { ...readEmbeddedConfig(environment), dataDirectory: "", fleetFile };
    const platform = await startPlatform(config, {
      ...environment,
      FAIRLEAD_FLEET_FILE: fleetFile,
    });
    context.after(() => platform.drain());
    const baseURL = `http://127.0.0.1:${platform.httpPort}/v1`;
    const client = new OpenAI({ apiKey: "fl-demo-acme", baseURL, maxRetries: 3 });
    const ask = async (number: number): Promise<void> => {
      const adapter = number % 4;
      const prompt = promptOf(number % 7);
      const { choices } = await client.completions.create({
        model: adapter === 3 ? "m" : `m:lora${adapter}`,
        prompt,
        max_tokens: 40,
        // @ts-expect-error beyond OpenAI's fields
        ignore_eos: true,
      });
      assert.equal(choices[0]?.text, legalText(prompt, digests[adapter] ?? "", 40), `${number}`);
    };
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 12 }, (_, index) => ask(round * 12 + index)));
    }
  });
}
