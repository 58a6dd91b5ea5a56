import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fleet, Model, Tenant, WorkerSpec } from "#shared/model/fleet.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import type { ModelWish } from "./model-wish.ts";
import { judgeModelWish } from "./model-wish.ts";

const model = (id: string, fields: Partial<Model> = {}): Model => ({
  id,
  version: "1",
  tokenizer: "quad",
  contextTokensMax: 4_096,
  outputTokensDefault: 8,
  createdAtEpochS: 0,
  ...fields,
});

const tenant = (
  id: string,
  fields: { readonly models?: readonly string[]; readonly residency?: readonly string[] } = {},
): Tenant => ({
  policy: {
    tenant: id as TenantId,
    tier: "all",
    weight: 1,
    band: 0,
    limits: {
      requestsPerMinute: 1,
      tokensPerMinute: 1,
      concurrencyMax: 1,
      queueLengthMax: 1,
      contextTokensMax: 2_048,
    },
    ...(fields.residency === undefined ? {} : { residency: fields.residency }),
  },
  trustGroup: id,
  models: fields.models ?? ["old", "new", "third"],
});

const pool = (id: string, of: string, poolClass = "interactive"): Fleet["pools"][number] => ({
  id: id as PoolId,
  model: of,
  region: "eu",
  class: poolClass,
});

const worker = (id: string, of: string, zone: string): WorkerSpec => ({
  id: id as WorkerId,
  pool: of as PoolId,
  zone,
  host: "h" as WorkerHostId,
  engine: {
    kind: "llama-cpp",
    modelPath: "m",
    adapters: [],
    gpus: 1,
    kvBlocks: 1,
    kvBlockTokens: 1,
    sequencesMax: 1,
  },
});

const fleet = (fields: Partial<Fleet> = {}): Fleet => ({
  version: 1,
  tenants: [tenant("acme"), tenant("bolt")],
  keys: [],
  models: [model("old"), model("new"), model("third")],
  pools: [pool("old.eu", "old"), pool("new.eu", "new"), pool("third.eu", "third")],
  workers: [
    worker("w1", "old.eu", "a"),
    worker("w2", "new.eu", "b"),
    worker("w3", "third.eu", "a"),
  ],
  adapters: [],
  aliases: [{ name: "prod", target: "old" }],
  ...fields,
});

const moved = (from: string, to: string, fields: Partial<Rollout> = {}): Rollout => ({
  id: `${from}-${to}`,
  model: from,
  name: "",
  from: baseModel,
  to: baseModel,
  fromModel: from,
  toModel: to,
  share: 10_000,
  shadowShare: 0,
  isOver: true,
  ...fields,
});

const wish: ModelWish = { model: "old", toModel: "new", tenant: undefined, standing: undefined };

const why = (of: Fleet, fields: Partial<ModelWish> = {}): string => {
  const judged = judgeModelWish(of, { ...wish, ...fields });
  return judged.kind === "refused"
    ? `${judged.code}: ${judged.why}`
    : `${judged.fromModel} to ${judged.toModel}`;
};

test("a model moves to another that stands beside it, and on from what an earlier rollout made of it", () => {
  assert.equal(why(fleet()), "old to new");
  const standing = moved("old", "new");
  const later = fleet({ rollouts: [standing] });
  assert.equal(why(later, { standing, toModel: "third" }), "new to third");
  assert.equal(why(later, { standing, toModel: "old" }), "new to old", "back");
  assert.equal(
    why(later, { standing }),
    "bad_rollout: old already means new: nothing is to change.",
  );
  assert.equal(
    why(fleet(), { toModel: "old" }),
    "bad_rollout: old already means old: nothing is to change.",
  );
});

test("what is no model is told apart from what is an alias of one", () => {
  assert.equal(why(fleet(), { toModel: "gone" }), "unknown_model: There is no model gone.");
  assert.match(why(fleet(), { model: "prod" }), /^unknown_model: prod is an alias, of old: /);
});

test("names never change places, nor lead where they do not say", () => {
  const swapped = fleet({ rollouts: [moved("new", "old")] });
  assert.match(why(swapped), /name new itself was moved to old by rollout new-old/);
  const onItsWay = fleet({ rollouts: [moved("new", "third", { isOver: false })] });
  assert.match(why(onItsWay), /name new itself is on its way to third/);
  const cameBack = fleet({ rollouts: [moved("new", "new", { fromModel: "third" })] });
  assert.equal(why(cameBack), "old to new");
});

test("every tenant of the name must have a right to the new model", () => {
  const narrow = fleet({ tenants: [tenant("acme"), tenant("bolt", { models: ["old"] })] });
  assert.match(why(narrow), /^bad_rollout: new may not be used by bolt, who may use old/);
  assert.equal(why(narrow, { tenant: "acme" as TenantId }), "old to new", "for one who has both");
  const none = fleet({ tenants: [tenant("acme", { models: ["new"] })] });
  assert.match(why(none), /No tenant may use old/);
  assert.match(why(none, { tenant: "acme" as TenantId }), /Tenant acme may not use old/);
});

test("the new model must have a pool with workers, for each tenant where it may run", () => {
  const { pools, workers } = fleet();
  const poolless = fleet({ pools: pools.filter(({ model: of }) => of !== "new") });
  assert.match(why(poolless), /new has no pool: put one with its workers beside those of old/);
  const workerless = fleet({ workers: workers.filter(({ pool: of }) => of !== "new.eu") });
  assert.match(why(workerless), /no pool with a worker where acme, bolt may run/);
  const tenants = [tenant("acme"), tenant("bolt", { residency: ["a"] })];
  assert.match(why(fleet({ tenants })), /no pool with a worker where bolt may run/);
  const reserved = [pool("old.eu", "old"), pool("new.eu", "new", "reserved:acme")];
  assert.match(why(fleet({ pools: reserved })), /where bolt may run/);
  assert.equal(why(fleet({ pools: reserved }), { tenant: "acme" as TenantId }), "old to new");
});

test("nothing moves to what is on its way out, nor to a context that holds less than is used", () => {
  const withNew = (fields: Partial<Model>): Fleet =>
    fleet({ models: [model("old"), model("new", fields)] });
  assert.match(why(withNew({ status: "archived" })), /new is on its way out \(archived\)/);
  assert.match(why(withNew({ status: "deprecated" })), /on its way out/);
  assert.match(why(withNew({ retiresAtEpochMs: 5 })), /a day on which it retires/);
  assert.match(why(withNew({ contextTokensMax: 1_024 })), /new holds 1024 tokens, old 4096/);
  assert.equal(
    why(withNew({ contextTokensMax: 2_048 })),
    "old to new",
    "as much as any tenant may use",
  );
});
