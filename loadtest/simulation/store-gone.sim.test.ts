import assert from "node:assert/strict";
import { test } from "node:test";
import { noFaults } from "#shared/sim/network.ts";
import type { TimedFault } from "./fault-plan.ts";
import type { SeedResult } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";

// The seed fleet on a good network, and one thing that goes wrong: the coordination store.

const withOnly = (seed: number, fault: TimedFault): SeedResult =>
  runSeed({ seed, aim: (plan) => ({ ...plan, links: noFaults, faults: [fault] }) });

test("without a majority for longer than a lease every stream goes on, no worker gives up its life, and all is owned again", () => {
  for (const seed of [1, 2, 3]) {
    const { violations, stress, faults } = withOnly(seed, {
      kind: "store-gone",
      forMs: 9_000,
      atMs: 9_000,
    });
    assert.deepEqual(violations, [], `seed ${seed}`);
    assert.equal(faults["store-gone"], 1);
    assert.equal(stress["worker.fenced"], undefined, "the life before is the life after");
    assert.ok((stress["owner.lease-not-kept"] ?? 0) >= 3, "all lost their trust in their leases");
  }
});

test("every lease lost at once costs no accepted stream", () => {
  for (const seed of [1, 2, 3]) {
    const { violations, stress } = withOnly(seed, { kind: "lease-storm", atMs: 9_000 });
    assert.deepEqual(violations, [], `seed ${seed}`);
    assert.ok((stress["owner.lease-dropped"] ?? 0) >= 9, "nobody was spared");
  }
});
