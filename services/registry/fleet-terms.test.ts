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

const quotaLines = (...quotas: readonly string[]): string =>
  `    quotas: [${quotas.map((quota) => `{ ${quota} }`).join(", ")}]\n`;
const dailySoft = "period: day, metric: tokens, limit: 500, mode: soft";
const monthlyHard = "period: month, metric: requests, limit: 900, mode: hard";

test("a tenant has its tier's terms, and a budget or quotas of its own instead of the tier's", () => {
  const reading = changed([
    [
      starter,
      `${starter.replace("band: 0", "band: 1")}    bandFloorPercent: 10\n${quotaLines(dailySoft)}`,
    ],
    [
      business,
      `${business}    mayPreempt: true\n    kvBudget: { guaranteedTokens: 0, burstTokens: 64 }\n`,
    ],
    [corner, `${corner}${quotaLines(monthlyHard)}`],
  ]);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  const terms = reading.fleet.tenants.map(({ policy }) => {
    const { mayPreempt, bandFloorPercent, kvBudget, quotas } = policy;
    return { mayPreempt, bandFloorPercent, kvBudget, quotas };
  });
  const none = { mayPreempt: undefined, bandFloorPercent: undefined };
  assert.deepEqual(terms, [
    { ...none, kvBudget: undefined, quotas: undefined },
    {
      ...none,
      mayPreempt: true,
      kvBudget: { guaranteedTokens: 0, burstTokens: 64 },
      quotas: undefined,
    },
    {
      ...none,
      bandFloorPercent: 10,
      kvBudget: undefined,
      quotas: [{ period: "month", metric: "requests", limit: 900, mode: "hard" }],
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
    [starter, `${starter}${quotaLines("period: 0, metric: words, limit: -1, mode: firm")}`],
    [corner, `${corner}${quotaLines("period: day, metric: tokens, mode: hard")}`],
  );
  assert.deepEqual(problems, [
    "tiers[0].weight: expected a whole number from 1 to 1000000, found 0",
    "tiers[1].kvBudget.guaranteedTokens: expected at most burstTokens, found 32",
    "tiers[2].quotas[0].period: expected hour, day, week, month, found 0",
    'tiers[2].quotas[0].metric: expected tokens, prompt-tokens, output-tokens, requests, gpu-seconds, found "words"',
    "tiers[2].quotas[0].limit: expected a whole number from 0 to 9007199254740991, found -1",
    'tiers[2].quotas[0].mode: expected soft or hard, found "firm"',
    "tenants[2].quotas[0].limit: expected a whole number from 0 to 9007199254740991, found nothing",
  ]);
});

test("what no quota can be is refused where it stands", () => {
  const quotaProblems = (...quotas: readonly string[]): readonly string[] =>
    problemsOf([corner, `${corner}${quotaLines(...quotas)}`]);
  assert.match(
    quotaProblems(monthlyHard, dailySoft, monthlyHard).join("\n"),
    /^tenants\[2\]\.quotas\[2\]: expected one hard month requests at most, found \{.*$/,
  );
  assert.deepEqual(quotaProblems(dailySoft.replace("500", "9007199254740993")).length, 1);
  assert.deepEqual(quotaProblems(dailySoft.replace("500", "0")), [
    "tenants[2].quotas[0].limit: expected at least 1 of a soft quota; a hard one of 0 allows nothing, found 0",
  ]);
  assert.deepEqual(quotaProblems(monthlyHard.replace("900", "0")), [], "blocks, and may");
  assert.deepEqual(quotaProblems(monthlyHard.replace("requests", "gpu-seconds")), [
    'tenants[2].quotas[0].mode: expected soft: GPU-seconds are known only once they ran, so none can be refused before, found "hard"',
  ]);
  const limits = Array.from({ length: 9 }, (_, index) => `${index + 1}`);
  const nine = limits.map((limit) => dailySoft.replace("500", limit));
  assert.match(quotaProblems(...nine)[0] ?? "", /^tenants\[2\]\.quotas: expected at most 8 quotas/);
  const before = `${corner}    quota: { dailyTokens: 5, mode: hard }\n`;
  assert.match(
    problemsOf([corner, before])[0] ?? "",
    /^tenants\[2\]\.quota: expected quotas: \[\{ period: day, metric: tokens, limit: N, mode: hard \}\]/,
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
