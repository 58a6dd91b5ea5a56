import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import type { Prompt } from "./encode-prompt.ts";
import type { GenerationRequest } from "./generation-request.ts";
import { conversationOf, pickArm } from "./pick-arm.ts";

const acme = "acme" as TenantId;
const old = "a".repeat(64) as AdapterDigest;
const fresh = "b".repeat(64) as AdapterDigest;

const rollout = (fields: Partial<Rollout>): Rollout => ({
  id: "r1",
  model: "m",
  name: "tone",
  from: old,
  to: fresh,
  share: 0,
  shadowShare: 0,
  isOver: false,
  ...fields,
});

const byName = (...rollouts: readonly Rollout[]) =>
  Map.groupBy(rollouts, ({ model, name }) => `${model}:${name}`);

const armOf = (fields: Partial<Rollout>, conversation: string, tenant: TenantId = acme) =>
  pickArm(byName(rollout(fields)), tenant, "m:tone", () => conversation);

const conversations = Array.from({ length: 20_000 }, (_, at) => `conversation ${at}`);

test("as many conversations have the new version as its share says", () => {
  for (const share of [0, 100, 1_000, 5_000, 10_000]) {
    const fresh = conversations.filter((one) => armOf({ share }, one)?.arm === "v2").length;
    const expected = (share / 10_000) * conversations.length;
    assert.ok(Math.abs(fresh - expected) <= 4 * Math.sqrt(expected + 1), `${fresh} at ${share}`);
  }
});

test("who has the new version keeps it when the share grows", () => {
  const shares = [100, 1_000, 3_000, 10_000];
  for (const conversation of conversations.slice(0, 3_000)) {
    const arms = shares.map((share) => armOf({ share }, conversation)?.arm).join(" ");
    assert.match(arms, /^(v1 ?)*(v2 ?)*$/, conversation);
  }
});

test("another rollout, and another tenant, try it with others", () => {
  const share = 1_000;
  const chosen = (fields: Partial<Rollout>, tenant: TenantId): string[] =>
    conversations.filter((one) => armOf({ share, ...fields }, one, tenant)?.arm === "v2");
  const first = new Set(chosen({}, acme));
  for (const other of [chosen({ id: "r2" }, acme), chosen({}, "bolt" as TenantId)]) {
    const shared = other.filter((one) => first.has(one)).length;
    assert.ok(shared < other.length / 4, `${shared} of ${other.length}`);
  }
});

test("no other name, and no other tenant's rollout, is touched", () => {
  const own = rollout({ tenant: acme, share: 10_000 });
  const conversation = (): string => assert.fail("nobody needs to know the conversation");
  assert.equal(pickArm(byName(own), acme, "m:other", conversation), undefined);
  assert.equal(pickArm(byName(own), acme, "m", conversation), undefined);
  assert.equal(pickArm(byName(own), "bolt" as TenantId, "m:tone", conversation), undefined);
});

test("a tenant's own goes before everyone's, one under way before what was completed", () => {
  const own = rollout({ id: "own", tenant: acme, isOver: true, share: 10_000 });
  const all = rollout({ id: "all", share: 0 });
  const done = rollout({ id: "done", isOver: true, share: 10_000 });
  const idFor = (...rollouts: readonly Rollout[]): string | undefined =>
    pickArm(byName(...rollouts), acme, "m:tone", () => "c")?.rollout.id;
  assert.equal(idFor(all, own), "own");
  assert.equal(idFor(done, all), "all");
  assert.equal(idFor(done), "done");
});

test("what is completed means the new version, without a look at the conversation", () => {
  const over = byName(rollout({ isOver: true, share: 10_000 }));
  const picked = pickArm(over, acme, "m:tone", () => assert.fail("not asked"));
  assert.deepEqual([picked?.arm, picked?.digest], ["v2", fresh]);
});

const request = (prompt: Prompt, conversation?: string): GenerationRequest => ({
  model: "m:tone",
  prompt,
  outputTokensMin: 0,
  ignoreEos: false,
  stopStrings: [],
  sampling: {},
  ...(conversation === undefined ? {} : { conversation }),
});

test("a conversation is one from its first question on, whatever is said later", () => {
  const turn = (...texts: readonly string[]): Prompt => ({
    kind: "chat",
    messages: [
      { role: "system", text: "be brief" },
      ...texts.map((text, at) => ({ role: at % 2 === 0 ? "user" : "assistant", text }) as const),
    ],
  });
  const first = conversationOf(request(turn("hello")));
  assert.equal(conversationOf(request(turn("hello", "hi", "how are you"))), first);
  assert.notEqual(conversationOf(request(turn("good day"))), first);
  assert.equal(
    conversationOf(request(turn("hello"), "mine")),
    conversationOf(request(turn("good day"), "mine")),
  );
});
