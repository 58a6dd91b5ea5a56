import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "#shared/model/fleet.ts";
import { fleetOfTests, helloScript } from "#services/edge/scripted-edge.cases.ts";
import type { HttpStage } from "./http-stage.cases.ts";
import { httpStage } from "./http-stage.cases.ts";

const deprecatedAtEpochMs = Date.UTC(2023, 5, 30, 23, 59, 59);
const retiresAtEpochMs = Date.UTC(2124, 5, 30, 23, 59, 59);

function setModel({ edge }: HttpStage, terms: Partial<Model>): void {
  edge.setFleet({
    ...fleetOfTests,
    version: 2,
    tenants: fleetOfTests.tenants.map((tenant) => ({
      ...tenant,
      models: [...tenant.models, "secret-70b"],
    })),
    models: fleetOfTests.models.map((model) =>
      model.id === "fair-8b" ? { ...model, ...terms } : model,
    ),
    aliases: [{ name: "prod", target: "fair-8b:legal" }],
  });
}

async function check(
  { port }: HttpStage,
  model: string,
  stream = false,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer key-acme", "content-type": "application/json" },
    body: JSON.stringify({ model, prompt: "hi", stream }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test("a reply says which version and weights answered, and in its body what was asked for", async (context) => {
  const stage = await httpStage(context, helloScript);
  setModel(stage, {});
  for (const stream of [false, true]) {
    const base = await check(stage, "fair-8b", stream);
    assert.equal(base.headers.get("x-fairlead-model"), "fair-8b@fair-8b@1");
    assert.equal(base.headers.get("deprecation"), null);
    const alias = await check(stage, "prod", stream);
    assert.match(alias.headers.get("x-fairlead-model") ?? "", /^fair-8b@fair-8b@1:[0-9a-f]{64}$/);
    assert.match(alias.text, /"model":"prod"/);
  }
  assert.equal((await check(stage, "nothing")).headers.get("x-fairlead-model"), null);
});

test("a deprecated model's replies say since when and until when, as RFC 9745 and RFC 8594 have it", async (context) => {
  const stage = await httpStage(context, helloScript);
  setModel(stage, {
    status: "deprecated",
    deprecatedAtEpochMs,
    retiresAtEpochMs,
    replacement: "secret-70b",
  });
  for (const stream of [false, true]) {
    const { status, headers } = await check(stage, "prod", stream);
    assert.equal(status, 200);
    assert.equal(headers.get("deprecation"), "@1688169599");
    assert.equal(headers.get("sunset"), "Fri, 30 Jun 2124 23:59:59 GMT");
    assert.equal(headers.get("link"), '</v1/models/secret-70b>; rel="successor-version"');
  }
  const { data } = await stage.client().models.list();
  assert.deepEqual(
    data.map((model) => [model.id, (model as { status?: string }).status]),
    [
      ["fair-8b", "deprecated"],
      ["secret-70b", "active"],
      ["fair-8b:legal", "deprecated"],
      ["prod", "deprecated"],
    ],
  );
  const one = await stage.client().models.retrieve("prod");
  assert.deepEqual(one, {
    id: "prod",
    object: "model",
    created: 1_700_000_000,
    owned_by: "fairlead",
    parent: "fair-8b",
    max_model_len: 4096,
    status: "deprecated",
    alias_of: "fair-8b:legal",
    retires_at: Math.floor(retiresAtEpochMs / 1000),
    replacement: "secret-70b",
  });
});

test("a retired model is gone, not unknown: a status, a code and the name of what is there instead", async (context) => {
  const stage = await httpStage(context, helloScript);
  setModel(stage, { status: "archived", replacement: "secret-70b" });
  const { status, headers, text } = await check(stage, "fair-8b");
  assert.equal(status, 410);
  assert.equal(headers.get("x-should-retry"), "false");
  assert.deepEqual(JSON.parse(text), {
    error: {
      message: "The model `fair-8b` is retired. Use `secret-70b` instead.",
      type: "invalid_request_error",
      param: "model",
      code: "model_retired",
      detail: "secret-70b",
    },
  });
  assert.deepEqual(stage.opens(), []);
  const shown = await fetch(`http://127.0.0.1:${stage.port}/v1/models/fair-8b`, {
    headers: { authorization: "Bearer key-acme" },
  });
  assert.equal(shown.status, 410);
});

test("a stream that is read on says what it was served by", async (context) => {
  const stage = await httpStage(context, helloScript);
  setModel(stage, {});
  await check(stage, "prod", true);
  const [open] = stage.opens();
  const terms = JSON.parse(open?.replyTerms ?? "{}") as { readonly served?: string };
  assert.match(terms.served ?? "", /^fair-8b@fair-8b@1:/);
});
