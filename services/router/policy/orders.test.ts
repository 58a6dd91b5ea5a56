// What is particular to each policy's order; what they share is in policy.cases.ts, their bounds in policy-bounds.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { PolicyFigures } from "./policy-named.ts";
import { policyNamed } from "./policy-named.ts";
import { ScriptedPolicy } from "./scripted-policy.ts";

const scripted = (name: PolicyName, figures: Partial<PolicyFigures> = {}): ScriptedPolicy =>
  new ScriptedPolicy(policyNamed(name, figures));

const small = { promptTokens: 10, predicted: 10 };
const large = { promptTokens: 1000, predicted: 500 };

test("wfq goes by where the next request would end, sfq by what has been charged, fcfs by neither", () => {
  for (const [name, order] of [
    ["wfq", ["bolt", "acme"]],
    ["sfq", ["acme", "bolt"]],
    ["fcfs", ["acme", "bolt"]],
  ] as const) {
    const script = scripted(name);
    script.enter("acme", large);
    script.enter("bolt", small);
    assert.deepEqual(script.order(), order, name);
  }
});

test("vtc charges the prompt at once and output as it comes; the oracle all of it; sfq its prediction", () => {
  for (const [name, charged] of [
    ["vtc", 10_000],
    ["lcf", 10_000],
    ["dlpm", 10_000],
    ["vtc-oracle", 10_000 + 77 * 2000],
    ["sfq", 30_000],
    ["drr", 30_000],
  ] as const) {
    const script = scripted(name, { outputTokensOf: () => 77 });
    script.enter("acme", { ...small, weight: 2 });
    script.takeFirst();
    assert.equal(script.account("acme").clock, charged / 2, name);
  }
});

test("vtc lifts who comes back to the least counter that is queued, and nobody when none is", () => {
  const script = scripted("vtc");
  script.enter("late");
  script.serve("late", 5000);
  script.enter("acme");
  script.serve("acme", 900_000);
  script.enter("late");
  assert.equal(script.account("late").clock, 5000, "nobody is queued");
  script.policy.leave(
    script.account("late"),
    script.account("late").waiting.least() ?? assert.fail(),
  );
  script.enter("acme");
  script.enter("late");
  assert.equal(script.account("late").clock, 900_000);
});

test("rpm makes who has had its requests wait for the minute to pass, and serves others meanwhile", () => {
  const script = scripted("rpm", { requestsPerMinute: 2 });
  for (let count = 0; count < 3; count++) script.enter("acme");
  script.enter("bolt");
  script.nowMs = 1000;
  script.serve("acme", 1);
  script.nowMs = 2000;
  script.serve("acme", 1);
  assert.deepEqual(script.order(), ["bolt"]);
  script.takeFirst();
  script.nowMs = 60_999;
  assert.deepEqual(script.order(), []);
  script.nowMs = 61_000;
  assert.deepEqual(script.order(), ["acme"]);
});

test("rpm does not count what never ran", () => {
  const script = scripted("rpm", { requestsPerMinute: 1 });
  script.enter("acme");
  script.enter("acme");
  const place = script.takeFirst() ?? assert.fail();
  assert.deepEqual(script.order(), []);
  script.end(place, 0);
  assert.deepEqual(script.order(), ["acme"]);
});

test("drr serves a tenant until its quantum is spent, then the next; who overdrew sits out the rounds it owes", () => {
  const script = scripted("drr", { quantum: 60_000 });
  for (let count = 0; count < 8; count++) {
    script.enter("acme", small);
    script.enter("bolt", small);
  }
  const served: string[] = [];
  for (let count = 0; count < 8; count++) served.push(script.takeFirst()?.account.tenant ?? "");
  assert.deepEqual(served, ["acme", "acme", "bolt", "bolt", "acme", "acme", "bolt", "bolt"]);
  script.enter("cold", small);
  script.end(script.take(script.account("acme")), 400_000);
  assert.equal(script.order().at(-1), "acme");
});

test("dlpm lets a request with a longer prefix overtake within the round, and not beyond it", () => {
  const script = scripted("dlpm", { quantum: 100_000 });
  script.enter("acme", small);
  script.enter("bolt", small);
  script.enter("cold", small);
  script.serve("cold", 150_000);
  script.enter("cold", small);
  const [acme, bolt, cold] = ["acme", "bolt", "cold"].map((tenant) => script.account(tenant));
  assert.ok(acme !== undefined && bolt !== undefined && cold !== undefined);
  assert.deepEqual(script.order(), ["acme", "bolt", "cold"]);
  assert.equal(script.policy.mayOvertake(bolt, acme, 0), true);
  assert.equal(script.policy.mayOvertake(cold, acme, 1_000_000), false);
});

test("what is believed cached is not charged ahead, and is charged as it runs if it was not", () => {
  const script = scripted("wfq", { costWeights: { ...costWeightsDefault, cachedToken: 100 } });
  script.enter("acme", { promptTokens: 100, predicted: 10 });
  const account = script.account("acme");
  const place = script.take(account, () => 80);
  assert.equal(account.clock, 100_000 + 20_000 - 80 * 900);
  script.policy.executed(account, place.charge, 120_000);
  assert.equal(account.clock, 120_000);
});

test("a pool with its own weights weighs predictions anew", () => {
  const costWeights = { ...costWeightsDefault, promptToken: 1, outputToken: 7 };
  const script = scripted("wfq", { costWeights });
  script.enter("acme", small);
  assert.equal(script.account("acme").finishTag, 80);
});
