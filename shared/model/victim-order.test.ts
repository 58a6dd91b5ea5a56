import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isPreemptedBefore } from "./victim-order.ts";
import type { VictimTraits } from "./victim-order.ts";

const plain: VictimTraits = { band: 1, kvBlocks: 10, decodedTokens: 10, preemptions: 0, order: 10 };

const check = (victim: Partial<VictimTraits>, spared: Partial<VictimTraits>): void => {
  const [a, b] = [
    { ...plain, ...victim },
    { ...plain, ...spared },
  ];
  assert.equal(isPreemptedBefore(a, b), true);
  assert.equal(isPreemptedBefore(b, a), false);
};

test("the lowest band is preempted first, then the largest, then the least decoded, then the latest", () => {
  check({ band: 2, kvBlocks: 1 }, { kvBlocks: 99 });
  check({ kvBlocks: 11, decodedTokens: 99 }, { decodedTokens: 1 });
  check({ decodedTokens: 9, order: 1 }, { order: 99 });
  check({ order: 11 }, {});
});

test("one that was preempted three times is preempted last", () => {
  check({}, { band: 9, preemptions: 3 });
});

const traits = fc.record({
  band: fc.nat(2),
  kvBlocks: fc.nat(2),
  decodedTokens: fc.nat(2),
  preemptions: fc.nat(4),
  order: fc.nat(2),
});

test("the order is strict and transitive", () => {
  fc.assert(
    fc.property(traits, traits, traits, (a, b, c) => {
      assert.ok(!(isPreemptedBefore(a, b) && isPreemptedBefore(b, a)));
      if (isPreemptedBefore(a, b) && isPreemptedBefore(b, c)) assert.ok(isPreemptedBefore(a, c));
    }),
  );
});
