import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import type { Tokenizer } from "#shared/model/tokenizer.ts";
import type { Admission } from "./admit.ts";
import { admit } from "./admit.ts";
import { viewFleet } from "./fleet-view.ts";
import { listModels } from "./models-list.ts";
import { fleetOfTests } from "./scripted-edge.cases.ts";

// A model's own name on its way to another model, from the fleet to the call that is admitted.

const rollout: Rollout = {
  id: "r1",
  model: "fair-8b",
  name: "",
  from: baseModel,
  to: baseModel,
  fromModel: "fair-8b",
  toModel: "next-8b",
  share: 5_000,
  shadowShare: 0,
  isOver: false,
};

const newFile = { file: "next.gguf", digest: "next" };

const next: Model = {
  id: "next-8b",
  version: "7",
  tokenizer: newFile,
  contextTokensMax: 40,
  outputTokensDefault: 8,
  createdAtEpochS: 0,
};

/** Every byte is a token: four times as many as `quad` has. */
const byteTokens: Tokenizer = {
  ...quadTokenizer,
  vocabulary: { ...quadTokenizer.vocabulary, name: "bytes" },
  textPrompt: (text) => new Uint8Array(4 * Buffer.byteLength(text)),
};

interface Stage {
  readonly rollouts?: readonly Rollout[];
  readonly models?: readonly string[];
  readonly pools?: Fleet["pools"];
}

const nextPool: Fleet["pools"][number] = {
  id: "next-8b.eu" as PoolId,
  model: "next-8b",
  region: "eu",
  class: "interactive",
};

function staged({
  rollouts = [rollout],
  models = ["fair-8b", "next-8b"],
  pools = [nextPool],
}: Stage = {}) {
  const [acme, ...others] = fleetOfTests.tenants;
  assert.ok(acme !== undefined);
  const tenant: Tenant = { ...acme, models };
  const fleet: Fleet = {
    ...fleetOfTests,
    tenants: [tenant, ...others],
    models: [...fleetOfTests.models, next],
    pools: [...fleetOfTests.pools, ...pools],
    aliases: [{ name: "prod", target: "fair-8b", systemPrompt: "be brief" }],
    rollouts,
  };
  const view = viewFleet(fleet, "eu", undefined, (choice) =>
    choice === "quad" ? quadTokenizer : byteTokens,
  );
  const ask = (user: string, model = "fair-8b", text = "hello there"): Admission =>
    admit(
      view,
      { tenant },
      {
        model,
        prompt: { kind: "text", text },
        outputTokensMin: 0,
        ignoreEos: false,
        stopStrings: [],
        sampling: {},
        conversation: user,
      },
      0,
    );
  return { view, tenant, ask };
}

type Ask = ReturnType<typeof staged>["ask"];

function seen(ask: Ask, model?: string): readonly string[] {
  const found = Array.from({ length: 40 }, (_, at) => {
    const admission = ask(`user ${at}`, model);
    if (admission.kind === "refused") return admission.refusal.code;
    const { call, arm, notice } = admission;
    return [call.pool, call.promptTokens, notice.served, arm?.arm ?? "no arm"].join(" ");
  });
  return [...new Set(found)].toSorted();
}

const oldCall = "fair-8b.eu 3 fair-8b@fair-8b@1";
const newCall = "next-8b.eu 11 next-8b@7";

test("a conversation has one of the two models: its pool, its tokens, and the reply says which", () => {
  const { ask } = staged();
  assert.deepEqual(seen(ask), [`${oldCall} v1`, `${newCall} v2`]);
  const again = (user: string): string | undefined => {
    const admission = ask(user);
    return admission.kind === "admitted" ? admission.call.model : undefined;
  };
  const users = Array.from({ length: 20 }, (_, at) => `user ${at}`);
  assert.deepEqual(users.map(again), users.map(again));
});

test("an alias of the name follows it; an adapter of the old model and the new one's own name do not", () => {
  const { ask } = staged({ rollouts: [{ ...rollout, share: 10_000, isOver: true }] });
  assert.deepEqual(seen(ask), [`${newCall} no arm`]);
  assert.deepEqual(seen(ask, "prod"), [`${newCall} no arm`]);
  assert.deepEqual(seen(ask, "next-8b"), [`${newCall} no arm`]);
  const adapted = ask("anybody", "fair-8b:legal");
  assert.ok(adapted.kind === "admitted");
  assert.equal(adapted.call.pool, "fair-8b.eu");
});

test("who may not use the new model, or has no pool of it, keeps the old one and is counted for none", () => {
  const all: readonly Rollout[] = [{ ...rollout, share: 10_000 }];
  assert.deepEqual(seen(staged({ rollouts: all, models: ["fair-8b"] }).ask), [`${oldCall} no arm`]);
  assert.deepEqual(seen(staged({ rollouts: all, pools: [] }).ask), [`${oldCall} no arm`]);
  assert.deepEqual(seen(staged({ rollouts: all, models: ["next-8b"] }).ask), ["model_not_found"]);
});

test("what the new model's context does not hold is refused by its tokens, not the old one's", () => {
  const { ask } = staged({ rollouts: [{ ...rollout, share: 10_000 }] });
  const admission = ask("anybody", "fair-8b", "x".repeat(60));
  assert.ok(admission.kind === "refused");
  assert.equal(admission.refusal.code, "context_too_long");
  assert.match(admission.refusal.message, /at most 40 tokens; this request has 60/);
});

test("a copy is the same request as the new model has it, of one that it does not hold there is none", () => {
  const { ask } = staged({ rollouts: [{ ...rollout, share: 0, shadowShare: 10_000 }] });
  const copied = (text?: string): readonly unknown[] => {
    const admission = ask("anybody", "fair-8b", text);
    assert.ok(admission.kind === "admitted");
    assert.equal(admission.call.pool, "fair-8b.eu");
    const copy = admission.arm?.onOther?.();
    if (copy === undefined) return [];
    return "code" in copy ? [copy.code] : [copy.pool, copy.model, copy.promptTokens];
  };
  assert.deepEqual(copied(), ["next-8b.eu", "next-8b", 11]);
  assert.deepEqual(copied("x".repeat(60)), ["context_too_long"]);
});

test("the next rollout begins where the last one ended, and its old arm is the model that the name has", () => {
  const done: Rollout = { ...rollout, share: 10_000, isOver: true };
  const back: Rollout = {
    ...rollout,
    id: "r2",
    fromModel: "next-8b",
    toModel: "fair-8b",
  };
  const { ask } = staged({ rollouts: [done, back] });
  assert.deepEqual(seen(ask), [`${oldCall} v2`, `${newCall} v1`]);
});

test("what is listed is what the name means to all: the old model until it is over", () => {
  const archived = (isOver: boolean): readonly string[] => {
    const { view, tenant } = staged({ rollouts: [{ ...rollout, isOver }] });
    const models = view.fleet.models.map((model) =>
      model.id === "fair-8b" ? { ...model, status: "archived" as const } : model,
    );
    const later = viewFleet({ ...view.fleet, models }, "eu", undefined, view.tokenizers);
    return listModels(later, { tenant }, 0).map(({ id }) => id);
  };
  assert.deepEqual(archived(true), ["fair-8b", "next-8b", "prod"]);
  assert.deepEqual(archived(false), ["next-8b"]);
});

test("an adapter's rollout of the old model goes on beside", () => {
  const [legal] = fleetOfTests.adapters;
  assert.ok(legal !== undefined);
  const { name, digest: from } = legal;
  const tone: Rollout = {
    id: "r3",
    model: "fair-8b",
    name,
    tenant: "acme" as TenantId,
    from,
    to: "b".repeat(64) as AdapterDigest,
    share: 0,
    shadowShare: 0,
    isOver: false,
  };
  const { ask } = staged({ rollouts: [{ ...rollout, share: 10_000 }, tone] });
  const admission = ask("anybody", "fair-8b:legal");
  assert.ok(admission.kind === "admitted");
  assert.deepEqual([admission.arm?.rollout.id, admission.call.model], ["r3", "fair-8b"]);
});
