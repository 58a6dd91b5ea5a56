import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf } from "./cost.ts";
import { shardOf } from "./shard.ts";
import type { TenantId } from "./ids.ts";
import { maxTotals, nothingExecuted, sumTotals } from "./usage.ts";

test("totals merge by maximum, so that repetition and disorder change nothing", () => {
  const early = { ...nothingExecuted, outputTokens: 3, gpuUs: 100 };
  const late = { ...nothingExecuted, outputTokens: 7, gpuUs: 90, prefillTokens: 5 };
  const merged = maxTotals(early, late);
  assert.deepEqual(merged, { ...nothingExecuted, outputTokens: 7, gpuUs: 100, prefillTokens: 5 });
  assert.deepEqual(maxTotals(late, maxTotals(merged, early)), merged);
  assert.equal(sumTotals(early, late).outputTokens, 10);
});

test("work costs 1,000 µcost a computed prompt token, 2,000 an output token, nothing a cached one", () => {
  const work = {
    promptTokens: 10,
    cachedTokens: 90,
    outputTokens: 5,
    kvBlockMs: 1e6,
    adapterLoads: 9,
  };
  assert.equal(costOf(work), 20_000);
});

test("with a pool's own weights every resource costs, exactly, however long blocks were held", () => {
  const weights = {
    promptToken: 3,
    cachedToken: 1,
    outputToken: 5,
    kvBlockSecond: 999_999,
    adapterLoad: 1_000_000,
  };
  const nothing = {
    promptTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    kvBlockMs: 0,
    adapterLoads: 0,
  };
  assert.equal(costOf({ ...nothing, promptTokens: 2, cachedTokens: 4 }, weights), 10);
  assert.equal(costOf({ ...nothing, outputTokens: 2, adapterLoads: 1 }, weights), 1_000_010);
  assert.equal(costOf({ ...nothing, kvBlockMs: 1500 }, weights), 1_499_998);
  // 5,000 blocks for an hour: the product of milliseconds and weight is beyond what a number holds exactly.
  assert.equal(
    costOf({ ...nothing, kvBlockMs: 5000 * 3_600_000 + 1 }, weights),
    17_999_982_000_999,
  );
});

test("tenants spread over shards", () => {
  const shards = new Set(
    Array.from({ length: 1000 }, (_, index) => shardOf(`tenant-${index}` as TenantId, 256)),
  );
  assert.ok(shards.size > 240);
});
