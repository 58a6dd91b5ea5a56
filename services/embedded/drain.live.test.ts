import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { readEmbeddedConfig } from "./config.ts";
import { startPlatform } from "./platform.ts";

// What an operator sees from the signal to the end of the last call.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
};

test("the operators' door is open until the drain is over, and says that it drains", async () => {
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  const platform = await startPlatform(config, environment);
  const admin = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${platform.adminPort}${path}`);
  const baseURL = `http://127.0.0.1:${platform.httpPort}/v1`;
  const client = new OpenAI({ apiKey: "fl-demo-acme", baseURL, maxRetries: 0 });
  const stream = await client.completions.create({
    model: "llama-3.1-8b",
    prompt: "a long answer",
    max_tokens: 150,
    stream: true,
  });
  assert.equal((await admin("/readyz")).status, 200);
  const drained = platform.drain();
  const ready = await admin("/readyz");
  const body = await ready.json();
  assert.deepEqual([ready.status, body], [503, { status: "not ready", missing: ["it drains"] }]);
  assert.match(await (await admin("/metrics")).text(), /^fairlead_/m);
  const { requests } = (await (await admin("/admin/v1/requests")).json()) as {
    readonly requests: readonly { readonly state: string }[];
  };
  assert.deepEqual(
    requests.map(({ state }) => state),
    ["running"],
  );
  assert.equal(platform.openCalls(), 1);
  let finishReason: string | null = null;
  for await (const { choices } of stream) finishReason = choices[0]?.finish_reason ?? finishReason;
  assert.equal(finishReason, "length");
  await drained;
  await assert.rejects(admin("/healthz"));
  const proof = platform.proof();
  assert.deepEqual(proof, { ownedRequests: 0, unsettledCharges: 0, kvBlocksHeld: 0 });
});
