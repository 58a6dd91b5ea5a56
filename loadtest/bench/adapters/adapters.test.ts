import assert from "node:assert/strict";
import { test } from "node:test";
import { benchAdapters } from "#loadtest/bench/adapters.ts";
import { runHouse } from "#loadtest/bench/fairness/house.ts";
import type { SuiteRequest } from "#loadtest/bench/fairness/suite-request.ts";
import { adapterRequests } from "./adapter-load.ts";
import type { AdapterFigures } from "./measure.ts";
import { planFor } from "./measure.ts";
import { fleetOf } from "./policies.ts";
import type { PolicyCase } from "./policies.ts";
import { capacity, rateAt } from "./slo-capacity.ts";

const small: PolicyCase = {
  ram: "all",
  adapters: 60,
  replicas: 2,
  slots: 4,
  hostBytesMax: 1e13,
  targets: { ttftMs: 2000, tpotMs: 50 },
  seconds: 8,
};

const requestsOf = (of: PolicyCase): readonly SuiteRequest[] =>
  adapterRequests({
    set: fleetOf(of).set,
    alpha: 1,
    perS: 6,
    requests: 120,
    seed: 1,
    promptTokens: [8, 512],
    outputTokens: [8, 64],
    driftPart: 0.2,
  });

test("homes bear more than a balancer that knows nothing, in the same simulation", () => {
  const { policies } = benchAdapters({ isQuick: true, only: "policies" });
  const [base, ours] = policies;
  assert.ok(base !== undefined && ours !== undefined);
  assert.equal(base.placement, "random-at-arrival");
  assert.ok(base.slo_capacity_rps > 0);
  assert.ok(ours.relative >= 1.08, `${ours.relative}`);
});

test("every request with an adapter gets all its tokens, and the same at each run", () => {
  const play = () =>
    runHouse(
      requestsOf(small),
      planFor({ eviction: "rank-aware", placement: "homes" }, fleetOf(small)),
    );
  const { deliveries, notes } = play();
  assert.equal(deliveries.length, 120);
  for (const { request, tokensAtMs } of deliveries) {
    assert.equal(tokensAtMs.length, request.outputTokens);
  }
  assert.ok((notes.get("adapter.evicted") ?? 0) > 20);
  assert.deepEqual(play().deliveries, deliveries);
});

test("what a tenant's terms keep is never evicted while it fills no more than half of the slots; without them it is", () => {
  const fleet = fleetOf(small);
  const requests = requestsOf(small);
  const evictedWith = (isKept: boolean): ReadonlySet<string> => {
    // The least popular of all, asked for once at the beginning: nothing but the terms would keep it.
    const kept = fleet.set.slice(-1);
    const digests = new Set(kept.map(({ digest }) => digest));
    const set = fleet.set.map((one) => (digests.has(one.digest) ? { ...one, isKept } : one));
    const asked = kept.map(({ digest, client }) => ({
      client,
      atMs: 0,
      promptTokens: 16,
      outputTokens: 4,
      adapter: digest,
    }));
    const plan = planFor({ eviction: "lru", placement: "homes" }, { ...fleet, set });
    const { evicted } = runHouse([...asked, ...requests], plan);
    return new Set(
      [...evicted].filter((digest) => digests.has(digest as (typeof kept)[0]["digest"])),
    );
  };
  assert.equal(evictedWith(true).size, 0);
  assert.equal(evictedWith(false).size, 1);
});

test("a capacity is the largest rate of the grid that is borne, wherever the search begins", () => {
  const upTo = (most: number) => {
    let asked = 0;
    const measureAt = (perS: number): AdapterFigures => {
      asked += 1;
      return {
        ttftP50Ms: 0,
        ttftP99Ms: 0,
        withinTargets: perS <= most ? 1 : 0.98,
        tokensPerS: 0,
        maxGap: 0,
        notes: new Map(),
      };
    };
    return { measureAt, asked: () => asked };
  };
  for (const near of [0, 18, 39]) {
    const { measureAt, asked } = upTo(rateAt(20) + 0.01);
    assert.equal(capacity(measureAt, near).perS, rateAt(20));
    assert.ok(asked() <= 12, `${asked()} runs`);
    assert.equal(capacity(upTo(1).measureAt, near).perS, 0);
    assert.equal(capacity(upTo(1e9).measureAt, near).perS, rateAt(39));
  }
});
