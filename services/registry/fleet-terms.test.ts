import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readFleetFile } from "./fleet-file.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const starter = "  - id: starter\n    weight: 1\n    band: 0\n";
const business = "  - id: business\n    weight: 4\n    band: 0\n";
const corner = "  - id: corner\n    tier: starter\n";

function changed(
  changes: readonly (readonly [string, string])[],
): ReturnType<typeof readFleetFile> {
  let text = example;
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `the example has no ${from}`);
    text = text.replace(from, to);
  }
  return readFleetFile(text);
}

function problemsOf(...changes: readonly (readonly [string, string])[]): readonly string[] {
  const reading = changed(changes);
  return reading.kind === "fleet"
    ? []
    : reading.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

test("a tenant has its tier's terms, and a budget or quota of its own instead of the tier's", () => {
  const reading = changed([
    [
      starter,
      `${starter.replace("band: 0", "band: 1")}    bandFloorPercent: 10\n    quota: { dailyTokens: 500, mode: soft }\n`,
    ],
    [
      business,
      `${business}    mayPreempt: true\n    kvBudget: { guaranteedTokens: 0, burstTokens: 64 }\n`,
    ],
    [corner, `${corner}    quota: { monthlyTokens: 900, mode: hard }\n`],
  ]);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  const terms = reading.fleet.tenants.map(({ policy }) => {
    const { mayPreempt, bandFloorPercent, kvBudget, quota } = policy;
    return { mayPreempt, bandFloorPercent, kvBudget, quota };
  });
  const none = { mayPreempt: undefined, bandFloorPercent: undefined };
  assert.deepEqual(terms, [
    { ...none, kvBudget: undefined, quota: undefined },
    {
      ...none,
      mayPreempt: true,
      kvBudget: { guaranteedTokens: 0, burstTokens: 64 },
      quota: undefined,
    },
    {
      ...none,
      bandFloorPercent: 10,
      kvBudget: undefined,
      quota: { monthlyTokens: 900, mode: "hard" },
    },
  ]);
});

test("all that is wrong with weights, budgets and quotas is told in one round", () => {
  const weights = ["0", "-1", "1000001", "1.5", "many"];
  for (const weight of weights) {
    assert.deepEqual(problemsOf(["weight: 8", `weight: ${weight}`]), [
      `tiers[0].weight: expected a whole number from 1 to 1000000, found ${weight === "many" ? '"many"' : weight}`,
    ]);
  }
  const problems = problemsOf(
    ["weight: 8", "weight: 0"],
    [business, `${business}    kvBudget: { guaranteedTokens: 32, burstTokens: 16 }\n`],
    [starter, `${starter}    quota: { dailyTokens: 0, monthlyTokens: 5.5, mode: firm }\n`],
    [corner, `${corner}    quota: { mode: hard }\n`],
  );
  assert.deepEqual(problems, [
    "tiers[0].weight: expected a whole number from 1 to 1000000, found 0",
    "tiers[1].kvBudget.guaranteedTokens: expected at most burstTokens, found 32",
    "tiers[2].quota.dailyTokens: expected a whole number from 1 to 1000000000000000, found 0",
    "tiers[2].quota.monthlyTokens: expected a whole number from 1 to 1000000000000000, found 5.5",
    'tiers[2].quota.mode: expected soft or hard, found "firm"',
    'tenants[2].quota: expected dailyTokens, monthlyTokens or both, found {"mode":"hard"}',
  ]);
  assert.deepEqual(
    problemsOf([
      starter,
      `${starter}    quota: { dailyTokens: 9, monthlyTokens: 8, mode: hard }\n`,
    ]),
    ["tiers[2].quota.dailyTokens: expected at most monthlyTokens, found 9"],
  );
});

test("a tier that could only preempt its own band is refused; above a lower band it may", () => {
  const preempting: readonly [string, string] = [business, `${business}    mayPreempt: true\n`];
  assert.deepEqual(problemsOf(preempting), [
    "tiers[1].mayPreempt: no tier has a band above 0, so business could only preempt its own band",
  ]);
  assert.deepEqual(problemsOf(preempting, [starter, starter.replace("band: 0", "band: 1")]), []);
});

test("the tiers of a band have one floor, and the floors of all bands leave something over", () => {
  assert.deepEqual(problemsOf([starter, `${starter}    bandFloorPercent: 5\n`]), [
    "tiers[2].bandFloorPercent: expected 0, as in tier enterprise: all tiers of band 0 share one floor, found 5",
  ]);
  const floors = (low: number): readonly string[] =>
    problemsOf(
      ["    weight: 8\n", "    weight: 8\n    bandFloorPercent: 60\n"],
      [business, `${business}    bandFloorPercent: 60\n`],
      [starter, `${starter.replace("band: 0", "band: 1")}    bandFloorPercent: ${low}\n`],
    );
  assert.deepEqual(floors(39), []);
  assert.deepEqual(floors(40), [
    "tiers[2].bandFloorPercent: the floors of all bands together are 100 %: at most 99 % can be promised",
  ]);
});

test("a budget below one block of a pool, and guarantees beyond its memory, are refused", () => {
  const budget = (guaranteedTokens: number, burstTokens: number): readonly string[] =>
    problemsOf([
      starter,
      `${starter}    kvBudget: { guaranteedTokens: ${guaranteedTokens}, burstTokens: ${burstTokens} }\n`,
    ]);
  assert.deepEqual(budget(0, 16), []);
  assert.deepEqual(budget(15, 16), [
    "tiers[2].kvBudget.guaranteedTokens: expected 0, or at least one KV block of pool llama-3.1-8b.eu.interactive (16 tokens), found 15",
  ]);
  assert.deepEqual(budget(0, 15), [
    "tiers[2].kvBudget.burstTokens: expected at least one KV block of pool llama-3.1-8b.eu.interactive (16 tokens), found 15",
  ]);
  // Four workers of 27,000 blocks of 16 tokens.
  assert.deepEqual(budget(1_728_000, 1_728_000), []);
  assert.deepEqual(budget(1_728_001, 1_728_001), [
    "tiers[2].kvBudget.guaranteedTokens: with tenant corner pool llama-3.1-8b.eu.interactive guarantees 1728001 tokens of KV memory, and has 1728000",
  ]);
});

test("a tenant may run where its tier may, or where it says itself; both are zones with workers", () => {
  const reading = changed([
    [business, `${business}    residency: [eu-b]\n`],
    [corner, `${corner}    residency: [eu-a, eu-b]\n`],
  ]);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  assert.deepEqual(
    reading.fleet.tenants.map(({ policy }) => policy.residency),
    [undefined, ["eu-b"], ["eu-a", "eu-b"]],
  );
  assert.deepEqual(problemsOf([business, `${business}    residency: [eu-x]\n`]), [
    'tiers[1].residency[0]: expected a zone with workers (eu-a, eu-b), found "eu-x"',
    "tenants[1].id: no worker of model llama-3.1-8b stands in eu-x, where alone bolt may run",
  ]);
  assert.deepEqual(problemsOf([corner, `${corner}    residency: []\n`]), [
    "tenants[2].residency: expected at least one zone, found []",
  ]);
});

test("a tier may keep its tenants' adapters, and a worker name who leaves its slots; another word is refused", () => {
  const slots = "      adapterSlots: 8\n";
  const reading = changed([
    [business, `${business}    keepsAdapters: true\n`],
    [slots, `${slots}      adapterEviction: rank-aware\n`],
  ]);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  const kept = reading.fleet.tenants.map(({ policy }) => policy.keepsAdapters);
  assert.deepEqual(kept, [undefined, true, undefined]);
  assert.equal(reading.fleet.workers[0]?.engine.adapterEviction, "rank-aware");
  const problems = problemsOf([slots, `${slots}      adapterEviction: mru\n`]);
  assert.ok(problems.some((problem) => problem.includes("lru, lfu, score, rank-aware")));
});
