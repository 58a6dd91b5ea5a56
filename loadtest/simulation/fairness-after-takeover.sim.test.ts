import assert from "node:assert/strict";
import { test } from "node:test";
import { everyOwnerHandsOver, longRush, roomyTenants } from "./long-rush.ts";
import { runSeed } from "./run-seed.ts";

test("from five seconds after every owner was replaced at once, tenants that wait are served alike over ten seconds", () => {
  for (const seed of [1, 2, 3]) {
    const { violations, stress } = runSeed({
      seed,
      aim: everyOwnerHandsOver,
      choose: longRush,
      furnish: roomyTenants,
    });
    assert.deepEqual(violations, [], `seed ${seed}`);
    assert.ok((stress["router.counters-restored"] ?? 0) >= 2, "counters came back");
  }
});
