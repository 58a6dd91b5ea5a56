import assert from "node:assert/strict";
import { test } from "node:test";
import type { Adapter, Fleet } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import type { Admission } from "./admit.ts";
import { admit } from "./admit.ts";
import { viewFleet } from "./fleet-view.ts";
import { fleetOfTests } from "./scripted-edge.cases.ts";

// What a name means while it is rolled out, from the fleet to the call that is admitted.

const digest = (letter: string): AdapterDigest => letter.repeat(64) as AdapterDigest;

const adapter = (name: string, letter: string, ...tenants: readonly string[]): Adapter => ({
  name,
  digest: digest(letter),
  model: "fair-8b",
  bytes: 1,
  tenants: tenants as readonly TenantId[],
});

const rollout: Rollout = {
  id: "r1",
  model: "fair-8b",
  name: "tone",
  from: digest("a"),
  to: digest("b"),
  share: 5_000,
  shadowShare: 0,
  isOver: false,
};

const fleet = (rollouts: readonly Rollout[], ...adapters: readonly Adapter[]): Fleet => ({
  ...fleetOfTests,
  adapters,
  rollouts,
});

const both = [adapter("tone", "a", "acme", "bolt"), adapter("tone-v2", "b", "acme", "bolt")];

function asked(of: Fleet, tenant: string, model = "fair-8b:tone"): (user: string) => Admission {
  const view = viewFleet(of, "");
  const owner = of.tenants.find(({ policy }) => policy.tenant === tenant) ?? assert.fail(tenant);
  return (user) =>
    admit(
      view,
      { tenant: owner },
      {
        model,
        prompt: { kind: "text", text: "hello there" },
        outputTokensMin: 0,
        ignoreEos: false,
        stopStrings: [],
        sampling: {},
        conversation: user,
      },
    );
}

function digests(ask: (user: string) => Admission): readonly string[] {
  const found = Array.from({ length: 40 }, (_, at) => {
    const admission = ask(`user ${at}`);
    if (admission.kind === "refused") return admission.refusal.code;
    return admission.call.adapterDigest.slice(0, 1);
  });
  return [...new Set(found)].toSorted();
}

test("one name is two versions at one edge, each with a namespace of its own", () => {
  const ask = asked(fleet([rollout], ...both), "acme");
  assert.deepEqual(digests(ask), ["a", "b"]);
  const namespaces = Array.from({ length: 40 }, (_, at) => {
    const admission = ask(`user ${at}`);
    assert.ok(admission.kind === "admitted");
    return `${admission.call.adapterDigest} ${admission.call.namespace} ${admission.arm?.arm}`;
  });
  assert.equal(new Set(namespaces).size, 2);
});

test("before it begins and when it is over a name is one version, and nobody counts it", () => {
  assert.deepEqual(digests(asked(fleet([{ ...rollout, share: 0 }], ...both), "acme")), ["a"]);
  const over = asked(fleet([{ ...rollout, share: 10_000, isOver: true }], ...both), "acme");
  assert.deepEqual(digests(over), ["b"]);
  const admission = over("anybody");
  assert.ok(admission.kind === "admitted" && admission.arm === undefined);
});

test("the new version by its own name is what it was", () => {
  assert.deepEqual(digests(asked(fleet([rollout], ...both), "acme", "fair-8b:tone-v2")), ["b"]);
});

test("who may not use the new version has the old one, who may not use the name has neither", () => {
  const narrow = [adapter("tone", "a", "acme", "bolt"), adapter("tone-v2", "b", "acme")];
  assert.deepEqual(digests(asked(fleet([rollout], ...narrow), "bolt")), ["a"]);
  const foreign = [adapter("tone", "a", "acme"), adapter("tone-v2", "b", "acme", "bolt")];
  assert.deepEqual(digests(asked(fleet([rollout], ...foreign), "bolt")), ["model_not_found"]);
});

test("a name whose old weights the fleet has replaced means those to whoever has not the new version", () => {
  const replaced = [adapter("tone", "c", "acme"), adapter("tone-v2", "b", "acme")];
  assert.deepEqual(digests(asked(fleet([rollout], ...replaced), "acme")), ["b", "c"]);
});
