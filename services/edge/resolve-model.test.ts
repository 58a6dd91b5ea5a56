import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alias } from "#shared/model/catalogue.ts";
import type { Fleet, Model, Pool, Tenant, WorkerSpec } from "#shared/model/fleet.ts";
import type { PoolId, TenantId } from "#shared/model/ids.ts";
import { admit } from "./admit.ts";
import type { ChatMessage } from "./encode-prompt.ts";
import type { FleetView } from "./fleet-view.ts";
import { viewFleet } from "./fleet-view.ts";
import type { GenerationRequest } from "./generation-request.ts";
import { listModels } from "./models-list.ts";
import { findTarget } from "./resolve-model.ts";
import { fleetOfTests } from "./scripted-edge.cases.ts";
import type { ServingZones } from "./serving-zones.ts";

const plain: GenerationRequest = {
  model: "fair-8b",
  prompt: { kind: "text", text: "to be or not" },
  outputTokensMin: 0,
  ignoreEos: false,
  stopStrings: [],
  sampling: {},
};

const ownerOf = ({ tenants }: Fleet, id: string): Tenant => {
  const owner = tenants.find(({ policy }) => policy.tenant === id);
  assert.ok(owner);
  return owner;
};

const alias = (name: string, target: string, ...tenants: string[]): Alias => ({
  name,
  target,
  ...(tenants.length === 0 ? {} : { tenants: tenants as TenantId[] }),
});

/** What answers, or the refusal's code. */
function check(fleet: Fleet, name: string, tenant = "acme", nowEpochMs = 0): string {
  const view = viewFleet(fleet, "");
  const admission = admit(
    view,
    { tenant: ownerOf(fleet, tenant) },
    { ...plain, model: name },
    nowEpochMs,
  );
  return admission.kind === "admitted" ? admission.notice.served : admission.refusal.code;
}

const base = "fair-8b@fair-8b@1";
const withAliases = (...aliases: Alias[]): Fleet => ({ ...fleetOfTests, aliases });

test("an alias leads to a model or an adapter, a tenant's own before the platform's, one set by command before the file's", () => {
  const legal = check(fleetOfTests, "fair-8b:legal");
  assert.match(legal, /^fair-8b@fair-8b@1:[0-9a-f]{64}$/);
  const fleet = withAliases(
    alias("prod", "fair-8b"),
    alias("prod", "fair-8b:legal", "acme"),
    alias("lawyer", "fair-8b:legal", "acme"),
    alias("lawyer", "fair-8b", "bolt"),
    { ...alias("lawyer", "fair-8b", "acme"), byCommand: true },
  );
  assert.equal(check(fleet, "prod"), legal);
  assert.equal(check(fleet, "prod", "bolt"), base);
  assert.equal(check(fleet, "lawyer"), base);
});

test("an alias never leads to an alias, to nothing, to what is someone else's, nor in a circle", () => {
  const fleet = withAliases(
    alias("a", "b"),
    alias("b", "fair-8b"),
    alias("c", "c"),
    alias("d", "b"),
    alias("poems", "fair-8b:poet"),
    alias("secret", "secret-70b"),
    alias("hers", "fair-8b", "bolt"),
  );
  assert.equal(check(fleet, "b"), base);
  for (const name of ["a", "c", "d", "poems", "secret", "hers", "nothing"]) {
    assert.equal(check(fleet, name), "model_not_found", name);
  }
  assert.match(check(fleet, "poems", "bolt"), /^fair-8b@/);
});

test("an alias hides no model and no adapter that its tenant may use", () => {
  const fleet = withAliases(
    alias("fair-8b", "fair-8b:legal", "acme"),
    alias("secret-70b", "fair-8b"),
  );
  assert.equal(check(fleet, "fair-8b"), base);
  // Not a model of this tenant's: to it there is only the alias.
  assert.equal(check(fleet, "secret-70b"), base);
});

/** Counts what is asked of the fleet's own maps. */
function counted(view: FleetView): { readonly view: FleetView; readonly asked: () => number } {
  let asked = 0;
  const spy = <Key, Value>(map: ReadonlyMap<Key, Value>): ReadonlyMap<Key, Value> =>
    new Proxy(map, {
      get: (target, field) => {
        asked += 1;
        const value: unknown = Reflect.get(target, field, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const watched: FleetView = {
    ...view,
    models: spy(view.models),
    adapters: spy(view.adapters),
    aliases: spy(view.aliases),
    poolsByModel: spy(view.poolsByModel),
  };
  return { view: watched, asked: () => asked };
}

test("what is someone else's is looked up as what is not there: the same answer, the same work", () => {
  const fleet = withAliases(alias("poems", "fair-8b:poet"), alias("hers", "fair-8b", "bolt"));
  const acme = ownerOf(fleet, "acme");
  const { view, asked } = counted(viewFleet(fleet, ""));
  assert.ok(findTarget(view, { tenant: acme }, "fair-8b"));
  const before = asked();
  assert.ok(before > 0);
  const answers = ["nothing", "secret-70b", "fair-8b:poet", "poems", "hers", "fair-8b:nothing"].map(
    (model) =>
      JSON.stringify(admit(view, { tenant: acme }, { ...plain, model }, 0)).replace(model, "NAME"),
  );
  assert.equal(new Set(answers).size, 1);
  assert.equal(asked(), before, "nothing of the fleet was asked but the tenant's own names");
});

const withModel = (terms: Partial<Model>, replacementOf = "acme"): Fleet => ({
  ...fleetOfTests,
  tenants: fleetOfTests.tenants.map((tenant) =>
    tenant.policy.tenant === replacementOf
      ? { ...tenant, models: ["fair-8b", "secret-70b"] }
      : tenant,
  ),
  models: fleetOfTests.models.map((model) =>
    model.id === "fair-8b" ? { ...model, ...terms } : model,
  ),
});

test("a model is served until the very moment at which it retires, and then refused by name, adapters and aliases alike", () => {
  const retiresAtEpochMs = Date.UTC(2027, 0, 31);
  const going = withModel({
    status: "deprecated",
    deprecatedAtEpochMs: Date.UTC(2027, 0, 1),
    retiresAtEpochMs,
    replacement: "secret-70b",
  });
  const fleet = { ...going, aliases: [alias("prod", "fair-8b")] };
  for (const name of ["fair-8b", "fair-8b:legal", "prod"]) {
    assert.match(check(fleet, name, "acme", retiresAtEpochMs - 1), /^fair-8b@/);
    assert.equal(check(fleet, name, "acme", retiresAtEpochMs), "model_retired");
  }
  const view = viewFleet(fleet, "");
  const told = (tenant: string): string => {
    const admission = admit(view, { tenant: ownerOf(fleet, tenant) }, plain, retiresAtEpochMs);
    return admission.kind === "refused" ? admission.refusal.message : "";
  };
  assert.equal(
    told("acme"),
    "The model `fair-8b` was retired at 2027-01-31T00:00:00.000Z. Use `secret-70b` instead.",
  );
  // Who may not use the replacement is not told that there is one.
  assert.equal(told("bolt"), "The model `fair-8b` was retired at 2027-01-31T00:00:00.000Z.");
  const names = (nowEpochMs: number): string[] =>
    listModels(view, { tenant: ownerOf(fleet, "acme") }, nowEpochMs).map(({ id }) => id);
  assert.deepEqual(names(retiresAtEpochMs - 1), ["fair-8b", "secret-70b", "fair-8b:legal", "prod"]);
  assert.deepEqual(names(retiresAtEpochMs), ["secret-70b"]);
});

test("an archived model is refused at any time, a canary is served and marked, and nothing said is active", () => {
  assert.equal(check(withModel({ status: "archived" }), "fair-8b"), "model_retired");
  const statuses = (terms: Partial<Model>): readonly string[] => {
    const fleet = withModel(terms);
    return listModels(viewFleet(fleet, ""), { tenant: ownerOf(fleet, "acme") }, 0).map(
      ({ status }) => status,
    );
  };
  assert.deepEqual(statuses({ status: "canary" }), ["canary", "active", "canary"]);
  assert.deepEqual(statuses({}), ["active", "active", "active"]);
});

const reserved: Pool = {
  id: "fair-8b.own" as PoolId,
  model: "fair-8b",
  region: "eu",
  class: "reserved:acme",
};

function poolOf(zones: ServingZones, terms: Partial<Tenant> = {}, tenant = "acme"): string {
  const fleet: Fleet = {
    ...fleetOfTests,
    tenants: fleetOfTests.tenants.map((each) => ({ ...each, ...terms })),
    pools: [...fleetOfTests.pools, reserved],
    workers: [{ id: "w", pool: reserved.id, zone: "a" } as unknown as WorkerSpec],
  };
  return (
    findTarget(viewFleet(fleet, "eu", zones), { tenant: ownerOf(fleet, tenant) }, "fair-8b")
      ?.pool ?? ""
  );
}

const serving = (...pools: string[]): ServingZones =>
  new Map(pools.map((pool) => [pool as PoolId, new Set(["a"])]));

test("a tenant has its reserved pool while a worker takes work there, and the shared one before and after", () => {
  assert.equal(poolOf(serving("fair-8b.eu")), "fair-8b.eu");
  assert.equal(poolOf(serving("fair-8b.eu", "fair-8b.own")), "fair-8b.own");
  assert.equal(poolOf(serving("fair-8b.own"), {}, "bolt"), "fair-8b.eu");
  assert.equal(poolOf(serving("fair-8b.eu", "fair-8b.own"), { pool: "shared" }), "fair-8b.eu");
  assert.equal(poolOf(serving("fair-8b.eu", "fair-8b.own"), { pool: "reserved" }), "fair-8b.own");
});

function promptOf(
  messages: readonly ChatMessage[] | string,
  { name = "fair-8b", aliases = [] as readonly Alias[] } = {},
): { readonly text: string; readonly tokens: number } {
  const systemPrompts = [{ model: "fair-8b", text: "Answer in verse." }];
  const fleet: Fleet = {
    ...fleetOfTests,
    aliases,
    tenants: fleetOfTests.tenants.map((tenant) => ({ ...tenant, systemPrompts })),
  };
  const prompt: GenerationRequest["prompt"] =
    typeof messages === "string" ? { kind: "text", text: messages } : { kind: "chat", messages };
  const request = { ...plain, model: name, prompt };
  const admission = admit(viewFleet(fleet, ""), { tenant: ownerOf(fleet, "acme") }, request, 0);
  if (admission.kind === "refused") assert.fail(admission.refusal.message);
  const { promptBytes, promptTokens } = admission.call;
  return { text: Buffer.from(promptBytes).toString(), tokens: promptTokens };
}

test("a tenant's system prompt goes before its chats, joined with the client's own, and is counted", () => {
  const user: ChatMessage = { role: "user", text: "Why?" };
  const alone = promptOf([user]);
  assert.equal(alone.text, "<|system|>\nAnswer in verse.\n<|user|>\nWhy?\n<|assistant|>\n");
  assert.equal(alone.tokens, Math.ceil(alone.text.length / 4));
  for (const role of ["system", "developer"] as const) {
    assert.equal(
      promptOf([{ role, text: "Be brief." }, user]).text,
      `<|${role}|>\nAnswer in verse.\n\nBe brief.\n<|user|>\nWhy?\n<|assistant|>\n`,
    );
  }
  assert.equal(promptOf("to be").text, "to be");
});

test("an alias's own system prompt stands instead of its tenant's", () => {
  const aliases = [{ ...alias("prose", "fair-8b"), systemPrompt: "No verse." }];
  const { text } = promptOf([{ role: "user", text: "Why?" }], { name: "prose", aliases });
  assert.equal(text, "<|system|>\nNo verse.\n<|user|>\nWhy?\n<|assistant|>\n");
});

test("a prompt that fits alone, and not with the words before it, is too long", () => {
  const systemPrompts = [{ model: "fair-8b", text: "x".repeat(390) }];
  const tenant = { ...ownerOf(fleetOfTests, "bolt"), systemPrompts };
  const prompt = { kind: "chat", messages: [{ role: "user", text: "Why?" }] } as const;
  const admission = admit(viewFleet(fleetOfTests, ""), { tenant }, { ...plain, prompt }, 0);
  assert.equal(admission.kind === "refused" && admission.refusal.code, "context_too_long");
});
