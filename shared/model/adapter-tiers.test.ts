import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterLoadUs } from "./adapter-tiers.ts";

const rounded = (...load: Parameters<typeof adapterLoadUs>): number =>
  Math.round(adapterLoadUs(...load) / 100) / 10;

test("a load takes what its tier takes: pinned host memory, that shared by GPUs, disk", () => {
  // 8B rank 16, 70B rank 16, 70B rank 64.
  assert.equal(rounded(84e6, "host"), 3.7);
  assert.equal(rounded(414e6, "host"), 10.3);
  assert.equal(rounded(1657e6, "host"), 35.1);
  assert.equal(rounded(1657e6, "host", 4), 68.3);
  assert.equal(rounded(1657e6, "host", 8), 134.6);
  assert.equal(rounded(84e6, "disk"), 3.7 + 1000 + 168);
});

test("each tier is dearer than the one above it, whatever the size", () => {
  for (const bytes of [1, 14e6, 84e6, 671e6]) {
    const prices = (["slot", "host", "disk", "store"] as const).map((tier) =>
      adapterLoadUs(bytes, tier),
    );
    assert.deepEqual(
      prices,
      prices.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(prices).size, 4);
  }
});
