import assert from "node:assert/strict";
import { test } from "node:test";
import { evictionNames } from "#shared/model/adapter-policy.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Candidate, Eviction } from "./eviction.ts";
import { halfLifeMs, leastWorth, usesAt } from "./eviction.ts";
import { evictionNamed } from "./eviction-named.ts";

const nowMs = 100_000;

const adapter = (digest: string, facts: Partial<Candidate> = {}): Candidate => ({
  digest: digest as AdapterDigest,
  uses: 1,
  lastUsedMs: nowMs - 1000,
  bytes: 84e6,
  reloadUs: 3700,
  ...facts,
});

const leaves = (eviction: Eviction, ...candidates: readonly Candidate[]): string | undefined =>
  leastWorth(eviction, candidates, nowMs);

const old = { lastUsedMs: nowMs - 20_000 };
const often = { uses: 20 };
const large = { bytes: 671e6, reloadUs: 15_400 };

test("lru: the one used longest ago leaves, however often it was used", () => {
  assert.equal(
    leaves(evictionNamed("lru"), adapter("old", { ...old, ...often }), adapter("new")),
    "old",
  );
});

test("lfu: the one used least often leaves, however lately it was used", () => {
  const lfu = evictionNamed("lfu");
  assert.equal(leaves(lfu, adapter("old", { ...old, ...often }), adapter("new")), "new");
});

test("lfu: uses of long ago count for nothing in the end", () => {
  const was = adapter("was", { uses: 64, lastUsedMs: nowMs - 10 * halfLifeMs });
  assert.equal(leaves(evictionNamed("lfu"), was, adapter("new")), "was");
  assert.equal(usesAt(was, nowMs), 64 / 1024);
});

test("score: frequency, size and recency each decide where the others are equal", () => {
  const score = evictionNamed("score");
  assert.equal(leaves(score, adapter("often", often), adapter("seldom")), "seldom");
  assert.equal(leaves(score, adapter("large", large), adapter("small")), "small");
  assert.equal(leaves(score, adapter("new"), adapter("old", old)), "old");
});

test("rank-aware: the one that is cheapest to have back leaves, used as often", () => {
  const rankAware = evictionNamed("rank-aware");
  assert.equal(leaves(rankAware, adapter("large", large), adapter("small")), "small");
  // On disk alone it is dearer than the largest in RAM.
  const onDisk = adapter("cold", { reloadUs: 1_171_700 });
  assert.equal(leaves(rankAware, onDisk, adapter("large", large)), "large");
  assert.equal(leaves(rankAware, adapter("large", large), adapter("often", { uses: 5 })), "large");
});

for (const name of evictionNames) {
  test(`${name}: somebody leaves where there is anybody, and between equals the one used longest ago`, () => {
    const eviction = evictionNamed(name);
    assert.equal(leaves(eviction), undefined);
    assert.equal(leaves(eviction, adapter("only")), "only");
    assert.equal(leaves(eviction, adapter("first"), adapter("second")), "first");
  });
}
