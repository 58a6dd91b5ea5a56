import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { SeedResult } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";

// The seed fleet, where all tenants stand in one band, with bands, rights to preempt, floors and KV budgets at random:
// what is running gives way for each cause that there is, while messages get lost, workers die and routers move.

/** A promise inside a band: a lower one waits as long as a higher one does, but for its floor. */
const insideOneBand = new Set(["no-tenant-starves", "the-service-gap-is-bounded"]);

function withPriorities(fleet: Fleet, random: SeededRandom): Fleet {
  const tenants = fleet.tenants.map((tenant): Tenant => {
    const band = random.below(3);
    const guaranteedTokens = random.chance(0.5) ? random.between(200, 500) : 0;
    return {
      ...tenant,
      policy: {
        ...tenant.policy,
        band,
        mayPreempt: band < 2 && random.chance(0.7),
        bandFloorPercent: band === 2 ? 20 : 0,
        kvBudget: { guaranteedTokens, burstTokens: 20_000 },
      },
    };
  });
  return { ...fleet, tenants };
}

const run = (seed: number): SeedResult => runSeed({ seed, furnish: withPriorities });

test("whoever gives way, of whatever band, loses no token, gives way three times at most, and leaves no block booked", () => {
  const causes: Record<string, number> = {};
  for (const seed of [6, 7, 10, 12]) {
    const { violations, causesOfPreemption } = run(seed);
    const broken = violations.filter(({ checker }) => !insideOneBand.has(checker));
    assert.deepEqual(broken, [], `seed ${seed}`);
    for (const [cause, times] of Object.entries(causesOfPreemption)) {
      causes[cause] = (causes[cause] ?? 0) + times;
    }
  }
  for (const cause of ["band", "fair-share", "kv-reclaim"]) {
    assert.ok((causes[cause] ?? 0) > 0, `nobody gave way for ${cause}: ${JSON.stringify(causes)}`);
  }
});
